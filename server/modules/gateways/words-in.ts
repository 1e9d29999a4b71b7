/** A word as somebody else wrote it, who may write anything; empty where it is none. */
export function wordIn(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Whether a browser can be sent there without running anything here. */
export function isAddress(url: string): boolean {
  return ['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '');
}
