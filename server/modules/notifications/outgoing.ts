import type { CustomerEvent } from '#contract';
import type { Db } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { type OrganisationRow, readOrganisation } from '../organisation/index.ts';
import type { Outgoing } from './channels/carrier.ts';
import { composed, organisationValues, valuesOf, wordingOf } from './compose.ts';
import { eventVariables } from './events.ts';
import type { NotificationHooks } from './hooks.ts';
import type { ClaimedRow } from './outbox-queries.ts';
import { sealedFor } from './sealed-for.ts';
import { type SettingRow, settingsById } from './setting-queries.ts';
import { addressOf } from './settings.ts';
import { allTemplates, type TemplateRow } from './template-queries.ts';

/** What the messages of a batch need beside their rows. */
export interface Surroundings {
  readonly organisation: OrganisationRow;
  readonly templates: readonly TemplateRow[];
  readonly settings: ReadonlyMap<string, SettingRow>;
  readonly payUrls: ReadonlyMap<string, string>;
}

export async function surroundingsOf(
  db: Db,
  hooks: NotificationHooks,
  rows: readonly ClaimedRow[],
): Promise<Surroundings> {
  const invoices = rows.flatMap(({ event, subject_id: id }) =>
    event.startsWith('invoice_') && id !== null ? [id] : [],
  );
  const settingIds = [...new Set(rows.flatMap(({ setting_id: id }) => id ?? []))];
  const [organisation, templates, settings, payUrls] = await Promise.all([
    readOrganisation(db),
    allTemplates(db),
    settingIds.length === 0 ? [] : settingsById(db, settingIds),
    invoices.length === 0 ? new Map<string, string>() : hooks.paymentUrlsOf(db, invoices),
  ]);
  return { organisation, templates, settings: new Map(settings.map((row) => [row.id, row])), payUrls };
}

const isCustomerEvent = (event: string): event is CustomerEvent => event in eventVariables;

/** The message as it goes out; undefined where there is nobody to send it to. */
export function outgoingOf(kit: Kit, row: ClaimedRow, around: Surroundings): Outgoing | undefined {
  const setting = row.setting_id === null ? undefined : around.settings.get(row.setting_id);
  const own = row.channel === 'email' ? row.customer_email : row.customer_phone;
  const to = row.address ?? (setting === undefined ? own : addressOf(kit, setting));
  if (to === null || to === undefined || to === '') return undefined;
  const language = row.language as Language; // The column's check allows just these.
  const common = { id: row.id, event: row.event, createdAt: row.created_at, to };
  if (!isCustomerEvent(row.event)) {
    const { subject, body } = { subject: row.subject ?? '', body: row.body ?? '' };
    const template = { name: 'nadi_alert', language, parameters: [subject, body] };
    return { ...common, subject, body, template, data: row.vars };
  }
  const values = valuesOf(
    row.event,
    {
      ...objectOf(row.vars),
      ...organisationValues(around.organisation),
      ...(row.open_amount === null ? {} : { amount: row.open_amount }),
      pay_url: around.payUrls.get(row.subject_id ?? '') ?? '',
      ...(row.sealed === null ? {} : JSON.parse(kit.secrets.open(row.sealed, sealedFor.message(row.id)))),
    },
    language,
  );
  const channel = row.channel === 'whatsapp' ? 'whatsapp' : 'email';
  const wording = wordingOf(around.templates, row.event, channel, language);
  const { parameters, ...text } = composed(wording, values);
  const template =
    row.event === 'sign_in_code'
      ? // Meta writes the text of templates with codes itself, and has a button that copies the code.
        { name: wording.approvedAs, language, parameters: [values.code ?? ''], button: values.code ?? '' }
      : { name: wording.approvedAs, language, parameters };
  return { ...common, ...text, template };
}

const objectOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});
