/** Where the checks run and how they speak. */
export interface CheckContext {
  /** Folder of the code to check. */
  readonly repository: string;
  /** The Node that runs us. */
  readonly execPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

/** One thing that is checked. Resolves with what is wrong, one text each; an empty list means all is well. */
export interface Check {
  readonly name: string;
  readonly run: (context: CheckContext) => Promise<readonly string[]>;
}
