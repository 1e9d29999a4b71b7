/** Why a release, an archive or a patch is refused, in words for whoever made it. */
export interface FaultText {
  readonly en: string;
  readonly id: string;
}

/** A release, archive or patch that is refused: nothing of it is to be used. */
export class ReleaseFault extends Error {
  override readonly name = 'ReleaseFault';
  /** The entry of the archive or file of the tree it is about. */
  readonly entry: string | undefined;
  readonly said: FaultText;

  constructor(entry: string | undefined, said: FaultText, options?: ErrorOptions) {
    const shown = entry === undefined ? undefined : shownName(entry);
    super(shown === undefined ? said.en : `${shown}: ${said.en}`, options);
    this.entry = shown;
    this.said = shown === undefined ? said : { en: `${shown}: ${said.en}`, id: `${shown}: ${said.id}` };
  }
}

/** A name as it can be shown: an archive chooses it, so it may hold anything and be of any length. */
function shownName(name: string): string {
  const plain = name.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  return plain.length <= 120 ? plain : `${plain.slice(0, 60)}…${plain.slice(-59)}`;
}
