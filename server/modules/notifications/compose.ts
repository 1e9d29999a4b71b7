import type { CustomerChannel, CustomerEvent } from '#contract';
import type { Language } from '#kit/errors.ts';
import type { OrganisationRow } from '../organisation/index.ts';
import { eventVariables } from './events.ts';
import { filled, namedIn, oneLine, type Values, written } from './rules.ts';
import type { TemplateRow } from './template-queries.ts';
import { defaultTexts } from './texts.ts';

/** A text with its variables, as it is sent when nothing else is said. */
export interface Wording {
  readonly subject: string;
  readonly body: string;
  /** Of WhatsApp: the name of the approved template. */
  readonly approvedAs: string;
}

/** What is said of an event: by a template of that channel and language, else by the code. */
export function wordingOf(
  templates: readonly TemplateRow[],
  event: CustomerEvent,
  channel: CustomerChannel,
  language: Language,
): Wording {
  const template = templates.find(
    (row) => row.event === event && row.channel === channel && row.language === language,
  );
  const usual = defaultTexts[language][event];
  return {
    subject: template?.subject ?? usual.subject,
    body: template?.body ?? usual.body,
    approvedAs: template?.whatsapp_name ?? `nadi_${event}`,
  };
}

/** The values of an event's variables as they are written in a language; one that is not known is empty. */
export function valuesOf(
  event: CustomerEvent,
  vars: Readonly<Record<string, unknown>>,
  language: Language,
): Values {
  return Object.fromEntries(
    Object.entries(eventVariables[event]).map(([name, variable]) => [
      name,
      written(variable, String(vars[name] ?? ''), language),
    ]),
  );
}

/** What the organisation gives to every message. */
export const organisationValues = ({ name, phone, payment_instructions: howToPay }: OrganisationRow) => ({
  company: name,
  company_phone: phone ?? '',
  how_to_pay: howToPay ?? '',
});

export interface Composed {
  readonly subject: string;
  readonly body: string;
  /** What stands in the approved template, in the order of its text. */
  readonly parameters: readonly string[];
}

export function composed(wording: Wording, values: Values): Composed {
  return {
    subject: oneLine(filled(wording.subject, values)),
    body: filled(wording.body, values),
    parameters: namedIn(wording.body).map((name) => values[name] ?? ''),
  };
}
