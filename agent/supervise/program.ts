/** How a server of the installation is started. It stands as it is in the agent's state. */
export interface Program {
  /** What it is to tell of itself once it is ready: another one that answers there is not it. */
  readonly version: string;
  readonly command: readonly string[];
  readonly folder: string;
  /** Added to the environment of the agent, and over it. No secrets: it is kept. */
  readonly environment: Readonly<Record<string, string>>;
}

export const isSame = (one: Program, other: Program): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
