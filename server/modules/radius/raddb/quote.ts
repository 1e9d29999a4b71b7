/** A text as FreeRADIUS's configuration reads it back: in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}

/** Whether {@link quoted} can hold the text: nothing there stands for a backslash before a quote. */
export function isQuotable(text: string): boolean {
  return !/\\('|$)/.test(text) && !/[\r\n]/.test(text);
}
