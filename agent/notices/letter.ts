/** A notice as it is sent. */
export interface Letter {
  /** The same one however often it comes: whoever gets it twice may drop the second. */
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  readonly title: string;
  readonly text: string;
  readonly data: object;
}

/** `refused` is this letter and would be again; `failed` is any other, which may go well later. */
export type Sent = { readonly is: 'sent' } | { readonly is: 'refused' | 'failed'; readonly reason: string };

/** One way to people. Never rejects, and ends when the signal aborts. */
export type Carry = (letter: Letter, signal: AbortSignal) => Promise<Sent>;

/** A row of `update_notifications` that is to be sent. */
export interface NoticeRow {
  readonly id: number;
  readonly version: string;
  readonly notification_type: string;
  readonly message: string;
  readonly metadata: string | null;
  readonly created_at: string;
}

const longestText = 4000;
const longestTitle = 150;

/**
 * The row as a letter. What a command printed stays here: of a message about something that failed only its first line leaves the machine,
 * and nothing leaves that is a secret.
 */
export function letterOf(
  row: NoticeRow,
  {
    name,
    secrets,
    sender,
  }: { readonly name: string; readonly secrets: readonly string[]; readonly sender: string },
): Letter {
  const whole = row.notification_type === 'server_message' ? row.message : (row.message.split('\n')[0] ?? '');
  const text = withoutSecrets(whole, secrets).slice(0, longestText);
  return {
    id: `${sender}-${row.id}`,
    type: row.notification_type,
    createdAt: row.created_at,
    title: `${name}: ${text.split('\n')[0]}`.slice(0, longestTitle),
    text,
    data: { installation: name, version: row.version, metadata: JSON.parse(row.metadata ?? 'null') },
  };
}

/** The longest first: one may be part of another. */
const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  [...secrets].sort((a, b) => b.length - a.length).reduce((left, each) => left.replaceAll(each, '…'), text);
