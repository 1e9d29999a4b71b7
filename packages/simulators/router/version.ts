export type Version = '6.42' | '6.49' | '7.9' | '7.20';

/** What differs between releases of RouterOS as far as a client sees it. */
export interface VersionFacts {
  readonly name: Version;
  readonly major: 6 | 7;
  /** Before 6.43 a login is answered with a challenge. */
  readonly challenges: boolean;
  /** From 7.10 on, dates are written as in ISO 8601. */
  readonly isoDates: boolean;
  /** From 7.18 on, a `print` that finds nothing says `!empty`. */
  readonly tellsEmpty: boolean;
  /** How `listen` tells that a row is gone: the manual has `yes`, RouterOS 7 sends `true`. */
  readonly dead: 'yes' | 'true';
  readonly full: string;
}

const facts = (name: Version, full: string, challenges: boolean, recent: boolean): VersionFacts => ({
  name,
  full,
  challenges,
  major: name.startsWith('6') ? 6 : 7,
  dead: name.startsWith('6') ? 'yes' : 'true',
  isoDates: recent,
  tellsEmpty: recent,
});

export const versions: Readonly<Record<Version, VersionFacts>> = {
  '6.42': facts('6.42', '6.42.12 (long-term)', true, false),
  '6.49': facts('6.49', '6.49.18 (long-term)', false, false),
  '7.9': facts('7.9', '7.9.2 (stable)', false, false),
  '7.20': facts('7.20', '7.20.4 (stable)', false, true),
};
