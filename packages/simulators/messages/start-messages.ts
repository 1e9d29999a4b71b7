import { type Answer, asObject, type Call, objectIn } from '../payments/call.ts';
import { PaymentFaults } from '../payments/faults.ts';
import { listen } from '../payments/surface.ts';
import { StandingFaults, type Striking } from '../standing-faults.ts';
import { type SimulatorClock, SimulatorTime, stillClock } from '../time.ts';
import { listenSmtp, type MailFault } from './smtp.ts';

/** A message that somebody would have read. */
export interface SentMessage {
  readonly channel: 'telegram' | 'slack' | 'whatsapp' | 'webhook' | 'email';
  /** A chat, a number, an address, or a path. */
  readonly to: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it was sent; of a mail, its text. */
  readonly body: string;
}

/** A call that is answered so, and whose message nobody reads. */
export interface Refusal extends Striking {
  /** What the path begins with; any unless given. */
  readonly path?: string;
  readonly answer: Answer;
}

export interface MessagesOptions {
  readonly host?: string | undefined;
  /** Any free ones unless given. */
  readonly port?: number | undefined;
  readonly smtpPort?: number | undefined;
  readonly clock?: SimulatorClock | undefined;
  /** Keeps no messages, but counts them. */
  readonly onlyCount?: boolean | undefined;
}

/** Telegram's Bot API, Slack's incoming webhooks, WhatsApp's Cloud API and any webhook on one address, and an SMTP server. */
export interface Messages extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly smtpPort: number;
  readonly sent: readonly SentMessage[];
  readonly count: () => number;
  /** Slow, hanging, broken and failing calls. */
  readonly faults: PaymentFaults;
  readonly refusals: StandingFaults<Refusal>;
  readonly mailFaults: StandingFaults<MailFault>;
}

/** Switches all of them on. */
export async function startMessages(options: MessagesOptions = {}): Promise<Messages> {
  const { host = '127.0.0.1', onlyCount = false } = options;
  const sent: SentMessage[] = [];
  let count = 0;
  const keep = (message: SentMessage) => {
    count += 1;
    if (!onlyCount) sent.push(message);
  };
  const faults = new PaymentFaults();
  const refusals = new StandingFaults<Refusal>();
  const handle = (call: Call): Answer => {
    const refusal = refusals.striking((one): one is Refusal => call.path.startsWith(one.path ?? '/'))[0];
    return refusal === undefined ? take(call, keep) : refusal.answer;
  };
  const time = new SimulatorTime(options.clock ?? stillClock);
  const failed = (status: number) => ({ ok: false, error_code: status, description: 'Try again later' });
  const http = await listen({ time, faults, handle, failed }, host, options.port ?? 0);
  const smtp = await listenSmtp(host, options.smtpPort ?? 0, ({ to, text, headers }) =>
    keep({ channel: 'email', to, text, headers, body: text }),
  );
  return {
    url: `http://${host}:${http.port}`,
    host,
    smtpPort: smtp.port,
    sent,
    count: () => count,
    faults,
    refusals,
    mailFaults: smtp.faults,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([http.close(), smtp.close()]);
    },
  };
}

const bad = (description: string): Answer => ({
  status: 400,
  body: { ok: false, error_code: 400, description },
});

/** Takes a message as the service whose path it is, with its limits. */
function take(call: Call, keep: (message: SentMessage) => void): Answer {
  const { path, headers, text: body } = call;
  const given = objectIn(body) ?? {};
  const sent = { headers, body };
  if (/^\/bot[^/]+\/sendMessage$/.test(path)) {
    const { chat_id: chat, text } = given;
    if (typeof text !== 'string' || text === '' || text.length > 4096) return bad('message is too long');
    keep({ ...sent, channel: 'telegram', to: `${chat}`, text });
    return { status: 200, body: { ok: true, result: { message_id: 1 } } };
  }
  if (path.startsWith('/services/')) {
    if (typeof given.text !== 'string') return { status: 400, body: 'no_text' };
    keep({ ...sent, channel: 'slack', to: path, text: given.text });
    return { status: 200, body: 'ok' };
  }
  if (/^\/v[\d.]+\/\d+\/messages$/.test(path)) return takeWhatsApp(call, given, keep);
  keep({ ...sent, channel: 'webhook', to: path, text: body });
  return { status: 200, body: { taken: true } };
}

/** A template with its parameters, none of them empty or of several lines (developers.facebook.com/docs/whatsapp/cloud-api). */
function takeWhatsApp(
  { headers, text: body }: Call,
  given: Readonly<Record<string, unknown>>,
  keep: (message: SentMessage) => void,
): Answer {
  const error = (code: number, message: string, status = 400): Answer => ({
    status,
    body: { error: { message, type: 'OAuthException', code } },
  });
  if (!`${headers.authorization}`.startsWith('Bearer ')) return error(190, 'Invalid token', 401);
  if (given.type !== 'template' || !/^\d{8,15}$/.test(`${given.to}`)) return error(100, 'Invalid parameter');
  const template = asObject(given.template) ?? {};
  const components = Array.isArray(template.components) ? template.components : [];
  const parameters = components.flatMap((part) => asObject(part)?.parameters ?? []).map(asObject);
  const texts = parameters.map((parameter) => `${parameter?.text ?? ''}`);
  if (texts.some((text) => text === '' || /[\n\t]| {5}/.test(text)))
    return error(132018, 'Parameter is not allowed');
  keep({
    headers,
    body,
    channel: 'whatsapp',
    to: `${given.to}`,
    text: [`${template.name}`, ...texts].join('|'),
  });
  return { status: 200, body: { messaging_product: 'whatsapp', messages: [{ id: 'wamid.1' }] } };
}
