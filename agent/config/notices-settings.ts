import { hostname } from 'node:os';
import { z } from 'zod';
import type { Said } from '../errors.ts';
import { noticeTypes } from '../notices/notify.ts';
import { isSafe, type Values } from './environment.ts';

const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/);

/** Who is told outside of the application, and of what. Secrets stand in the environment: here are the names of their variables. */
export const noticesSettings = z.strictObject({
  /** How the installation is called in what is sent. */
  name: z.string().min(1).max(100).optional(),
  /** All of it unless told. */
  about: z.array(z.enum(noticeTypes)).min(1).max(noticeTypes.length).optional(),
  /** By the mail server that MAIL_HOST and the other MAIL_… name. */
  email: z.strictObject({ to: z.array(z.email().max(254)).min(1).max(20) }).optional(),
  slack: z.strictObject({ url_from: variable }).optional(),
  webhook: z.strictObject({ url: z.string().max(4096), secret_from: variable }).optional(),
});

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly encryption: 'tls' | 'ssl' | 'none';
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly from: string;
}

/** Where notices go. */
export interface Notices {
  readonly name: string;
  readonly about: readonly string[];
  readonly email?: { readonly to: readonly string[]; readonly server: MailServer };
  readonly slack?: { readonly url: string };
  readonly webhook?: { readonly url: string; readonly secret: string };
  /** What never leaves the machine, whatever a command that failed has printed. */
  readonly secrets: readonly string[];
}

export function noticesOf(values: Values, settings: z.output<typeof noticesSettings>, root: string): Notices {
  const { name = `${hostname()}:${root}`, about = noticeTypes, email, slack, webhook } = settings;
  return {
    name,
    about,
    ...(email === undefined ? {} : { email: { to: email.to, server: mailServerOf(values) } }),
    ...(slack === undefined ? {} : { slack: { url: secretAddress(values, slack.url_from) } }),
    ...(webhook === undefined
      ? {}
      : {
          webhook: {
            url: safe(values, 'notices.webhook.url', webhook.url),
            secret: needed(values, webhook.secret_from),
          },
        }),
    secrets: values.secrets(slack?.url_from, webhook?.secret_from),
  };
}

/** As Laravel and Nadi name it. In clear only to this machine, or where somebody wrote `none`. */
function mailServerOf(values: Values): MailServer {
  const host = needed(values, 'MAIL_HOST');
  const words = {
    tls: 'tls',
    starttls: 'tls',
    ssl: 'ssl',
    smtps: 'ssl',
    none: 'none',
    null: 'null',
  } as const;
  const encryption = values.one('MAIL_ENCRYPTION', words, 'null');
  const isHere = ['localhost', '127.0.0.1', '::1'].includes(host);
  return {
    host,
    port: values.whole('MAIL_PORT', [1, 65_535], 587),
    encryption: encryption === 'null' ? (isHere ? 'none' : 'tls') : encryption,
    user: given(values.text('MAIL_USERNAME')),
    password: given(values.text('MAIL_PASSWORD')),
    from: given(values.text('MAIL_FROM_ADDRESS')) ?? 'nadi-agent@localhost',
  };
}

/** Laravel's files say `null` for nothing. */
const given = (text: string | undefined) => (text === 'null' ? undefined : text);

function needed(values: Values, name: string): string {
  const text = values.text(name);
  if (text === undefined)
    values.fault({
      en: `${name} is missing: "notices" in agent.json needs it.`,
      id: `${name} belum diisi: "notices" di agent.json memerlukannya.`,
    });
  return text ?? '';
}

function secretAddress(values: Values, name: string): string {
  const text = needed(values, name);
  return text === '' ? text : safe(values, name, text);
}

function safe(values: Values, name: string, text: string): string {
  if (URL.canParse(text) && isSafe(new URL(text))) return text;
  values.fault(notSafe(name));
  return text;
}

const notSafe = (name: string): Said => ({
  en: `${name} is an address that begins with https:// (http:// for this machine alone), without a user or password in it.`,
  id: `${name} berupa alamat yang diawali https:// (http:// hanya untuk mesin ini sendiri), tanpa pengguna atau kata sandi di dalamnya.`,
});
