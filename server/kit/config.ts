import { z } from 'zod';
import { flag, optionalText, optionalUrl, port, text } from './config-fields.ts';
import { type ReleasesConfig, releasesConfig, releasesEnv } from './config-releases.ts';
import { UserError } from './errors.ts';

const schema = z.object({
  NADI_DATA_DIR: optionalText,
  NADI_READ_ONLY: flag,
  APP_NAME: text.default('Nadi'),
  APP_ENV: z.enum(['production', 'local', 'testing']).default('production'),
  APP_KEY: optionalText.refine((value) => value === undefined || keyBytes(value)?.length === 32, {
    error: 'must be "base64:" and 32 bytes in base64; leave it out to have one made in the data folder',
  }),
  APP_DEBUG: flag,
  APP_URL: z.preprocess((value) => value || undefined, z.url().optional()),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  HOST: text.default('127.0.0.1'),
  PORT: port.default(8080),
  ISOLIR_PORT: z.preprocess((value) => value || undefined, port.optional()),
  TRUST_PROXY: flag,
  FRONTEND_URL: optionalText,
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(6000),
  METRICS_TOKEN: optionalText,
  DATABASE_URL: optionalText.refine((value) => value === undefined || /^postgres(ql)?:\/\//.test(value), {
    error: 'must start with postgres://; Nadi runs on PostgreSQL 15 to 18',
  }),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  DB_CONNECTION: optionalText.refine((value) => value === undefined || value === 'pgsql', {
    error:
      'must be pgsql. Nadi does not run on MySQL or MariaDB: leave DB_CONNECTION out to use the built-in PostgreSQL, or point DB_* at a PostgreSQL server',
  }),
  DB_HOST: text.default('127.0.0.1'),
  DB_PORT: port.default(5432),
  DB_DATABASE: text.default('nadi'),
  DB_USERNAME: text.default('nadi'),
  DB_PASSWORD: z.string().default(''),
  MIDTRANS_SERVER_KEY: optionalText,
  MIDTRANS_CLIENT_KEY: optionalText,
  MIDTRANS_IS_PRODUCTION: flag,
  MIDTRANS_MERCHANT_ID: optionalText,
  MIDTRANS_SNAP_URL: optionalUrl,
  MIDTRANS_API_URL: optionalUrl,
  XENDIT_SECRET_KEY: optionalText,
  XENDIT_CALLBACK_TOKEN: optionalText,
  XENDIT_API_URL: optionalUrl,
  MAIL_HOST: optionalText,
  MAIL_PORT: port.default(587),
  MAIL_USERNAME: optionalText,
  MAIL_PASSWORD: z.string().optional(),
  MAIL_ENCRYPTION: z.enum(['tls', 'ssl', 'none', '']).default('tls'),
  MAIL_FROM_ADDRESS: text.default('noreply@localhost'),
  MAIL_FROM_NAME: text.default('Nadi'),
  TELEGRAM_BOT_TOKEN: optionalText,
  TELEGRAM_CHAT_ID: optionalText,
  TELEGRAM_API_URL: z.url().default('https://api.telegram.org'),
  WHATSAPP_ACCESS_TOKEN: optionalText,
  WHATSAPP_PHONE_NUMBER_ID: optionalText.refine((value) => value === undefined || /^\d{1,30}$/.test(value), {
    error: 'must be the number that Meta shows as "Phone number ID", digits alone',
  }),
  WHATSAPP_API_URL: z.url().default('https://graph.facebook.com/v23.0'),
  WEBHOOK_PRIVATE_TARGETS: flag,
  ...releasesEnv,
});

type Env = z.output<typeof schema>;

export interface Config {
  /** Folder that holds all state of this installation. */
  readonly dataDir: string;
  readonly appName: string;
  readonly environment: Env['APP_ENV'];
  readonly appKey: Buffer | undefined;
  readonly appUrl: string;
  /** Where people open the console: the first FRONTEND_URL, else APP_URL. */
  readonly frontendUrl: string;
  readonly logLevel: string;
  readonly debug: boolean;
  readonly host: string;
  readonly port: number;
  /** Where isolated customers find the notice page and nothing else; undefined where no port is set aside for it. */
  readonly isolirPort: number | undefined;
  readonly trustProxy: boolean;
  readonly corsOrigins: readonly string[];
  readonly rateLimitPerMinute: number;
  readonly metricsToken: string | undefined;
  /** Connection string of an external PostgreSQL; without it the built-in one runs. */
  readonly databaseUrl: string | undefined;
  readonly databasePool: number;
  readonly readOnly: boolean;
  readonly mail: MailConfig | undefined;
  readonly midtrans: MidtransConfig | undefined;
  readonly xendit: XenditConfig | undefined;
  readonly messaging: MessagingConfig;
  readonly releases: ReleasesConfig;
}

export interface MidtransConfig {
  readonly serverKey: string;
  /** Where Snap and the core API are, without a slash at the end. */
  readonly snapUrl: string;
  readonly apiUrl: string;
}

export interface XenditConfig {
  readonly secretKey: string;
  /** What callbacks carry, to show that they are Xendit's. */
  readonly callbackToken: string;
  readonly apiUrl: string;
}

/** Who carries messages, beside the mail server. */
export interface MessagingConfig {
  /** Of settings that name none. */
  readonly telegram: {
    readonly apiUrl: string;
    readonly botToken: string | undefined;
    readonly chatId: string | undefined;
  };
  /** The official Cloud API; undefined where it is not set up. */
  readonly whatsapp:
    | { readonly apiUrl: string; readonly accessToken: string; readonly phoneNumberId: string }
    | undefined;
  /** Whether webhooks may go to this machine and its networks. */
  readonly privateTargets: boolean;
}

export interface MailConfig {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly encryption: 'tls' | 'ssl' | 'none';
  readonly from: { readonly name: string; readonly address: string };
}

/**
 * Reads the whole configuration from environment variables (names of spec 3 §2).
 * @throws {UserError} naming every fault at once, never a value, since values may be secrets.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  defaultDataDir: string,
): Config {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new UserError(`The configuration has ${faults.length} fault(s):\n${faults.join('\n')}`);
  }
  const value = parsed.data;
  const appUrl = value.APP_URL ?? `http://localhost:${value.PORT}`;
  return {
    dataDir: value.NADI_DATA_DIR ?? defaultDataDir,
    appName: value.APP_NAME,
    environment: value.APP_ENV,
    appKey: value.APP_KEY === undefined ? undefined : keyBytes(value.APP_KEY),
    appUrl: appUrl.replace(/\/+$/, ''),
    frontendUrl: (value.FRONTEND_URL?.split(',')[0] ?? appUrl).trim().replace(/\/+$/, ''),
    logLevel: value.LOG_LEVEL,
    debug: value.APP_DEBUG,
    host: value.HOST,
    port: value.PORT,
    isolirPort: value.ISOLIR_PORT,
    trustProxy: value.TRUST_PROXY,
    corsOrigins: corsOrigins(value),
    rateLimitPerMinute: value.RATE_LIMIT_PER_MINUTE,
    metricsToken: value.METRICS_TOKEN,
    databaseUrl: databaseUrl(value),
    databasePool: value.DATABASE_POOL,
    readOnly: value.NADI_READ_ONLY,
    mail: mailConfig(value),
    midtrans: midtransConfig(value),
    xendit: xenditConfig(value),
    messaging: messagingConfig(value),
    releases: releasesConfig(value, value.NADI_DATA_DIR ?? defaultDataDir),
  };
}

function messagingConfig(env: Env): MessagingConfig {
  const { WHATSAPP_ACCESS_TOKEN: accessToken, WHATSAPP_PHONE_NUMBER_ID: phoneNumberId } = env;
  return {
    telegram: {
      apiUrl: env.TELEGRAM_API_URL.replace(/\/+$/, ''),
      botToken: env.TELEGRAM_BOT_TOKEN,
      chatId: env.TELEGRAM_CHAT_ID,
    },
    whatsapp:
      accessToken === undefined || phoneNumberId === undefined
        ? undefined
        : { apiUrl: env.WHATSAPP_API_URL.replace(/\/+$/, ''), accessToken, phoneNumberId },
    privateTargets: env.WEBHOOK_PRIVATE_TARGETS,
  };
}

function keyBytes(value: string): Buffer | undefined {
  return value.startsWith('base64:') ? Buffer.from(value.slice('base64:'.length), 'base64') : undefined;
}

/** Spec 3's two development origins are allowed beside FRONTEND_URL, but not in production. */
function corsOrigins(env: Env): readonly string[] {
  const development = env.APP_ENV === 'production' ? [] : ['http://localhost:3000', 'http://localhost:8080'];
  return [...new Set([...(env.FRONTEND_URL?.split(',') ?? []), ...development])].map((origin) =>
    origin.trim().replace(/\/+$/, ''),
  );
}

function databaseUrl(env: Env): string | undefined {
  if (env.DATABASE_URL !== undefined) return env.DATABASE_URL;
  if (env.DB_CONNECTION === undefined) return undefined;
  const url = new URL('postgres://localhost');
  url.hostname = env.DB_HOST;
  url.port = String(env.DB_PORT);
  url.username = encodeURIComponent(env.DB_USERNAME);
  url.password = encodeURIComponent(env.DB_PASSWORD);
  url.pathname = `/${encodeURIComponent(env.DB_DATABASE)}`;
  return url.href;
}

function mailConfig(env: Env): MailConfig | undefined {
  if (env.MAIL_HOST === undefined) return undefined;
  return {
    host: env.MAIL_HOST,
    port: env.MAIL_PORT,
    username: env.MAIL_USERNAME,
    password: env.MAIL_PASSWORD,
    encryption: env.MAIL_ENCRYPTION === '' ? 'none' : env.MAIL_ENCRYPTION,
    from: { name: env.MAIL_FROM_NAME, address: env.MAIL_FROM_ADDRESS },
  };
}

/** The sandbox unless MIDTRANS_IS_PRODUCTION (docs.midtrans.com/docs/snap-snap-integration-guide). */
function midtransConfig(env: Env): MidtransConfig | undefined {
  if (env.MIDTRANS_SERVER_KEY === undefined) return undefined;
  const place = env.MIDTRANS_IS_PRODUCTION ? '' : 'sandbox.';
  return {
    serverKey: env.MIDTRANS_SERVER_KEY,
    snapUrl: env.MIDTRANS_SNAP_URL ?? `https://app.${place}midtrans.com`,
    apiUrl: env.MIDTRANS_API_URL ?? `https://api.${place}midtrans.com`,
  };
}

function xenditConfig(env: Env): XenditConfig | undefined {
  if (env.XENDIT_SECRET_KEY === undefined) return undefined;
  if (env.XENDIT_CALLBACK_TOKEN === undefined)
    throw new UserError(
      'The configuration has 1 fault(s):\n  XENDIT_CALLBACK_TOKEN: is needed beside XENDIT_SECRET_KEY; it is in the Xendit dashboard under Webhooks',
    );
  return {
    secretKey: env.XENDIT_SECRET_KEY,
    callbackToken: env.XENDIT_CALLBACK_TOKEN,
    apiUrl: env.XENDIT_API_URL ?? 'https://api.xendit.co',
  };
}
