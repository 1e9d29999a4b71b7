/** How a server of the installation is started. It stands as it is in the agent's state. */
export interface Program {
  /** What it is to tell of itself once it is ready: another one that answers there is not it. */
  readonly version: string;
  readonly command: readonly string[];
  readonly folder: string;
  /** All that it finds in its environment, beside what the agent adds. No secrets: those it reads itself, from its `.env`. */
  readonly environment: Readonly<Record<string, string>>;
}

export const isSame = (one: Program, other: Program): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
