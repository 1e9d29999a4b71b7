/** SQLite's primary result code of what was thrown; undefined where it is not SQLite's. */
export const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 255 : undefined;
