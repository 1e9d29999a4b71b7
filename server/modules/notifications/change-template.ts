import type { CustomerChannel, CustomerEvent } from '#contract';
import { instantText } from '#kit/clock.ts';
import { type Db, inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError, type Language } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { composed, valuesOf, wordingOf } from './compose.ts';
import { eventVariables } from './events.ts';
import { namedIn } from './rules.ts';
import {
  allTemplates,
  deleteTemplateRow,
  insertTemplate,
  lockTemplate,
  type TemplateRow,
  updateTemplateRow,
} from './template-queries.ts';

interface Texts {
  readonly subject?: string | null | undefined;
  readonly body?: string | undefined;
  readonly whatsapp_name?: string | null | undefined;
}

interface Place {
  readonly event: CustomerEvent;
  readonly channel: CustomerChannel;
  readonly language: Language;
}

/** @throws {AppError} validation_failed, naming a variable that the event does not have, or where there is a template already */
export async function createTemplate(
  kit: Kit,
  author: Author,
  {
    subject = null,
    body,
    whatsapp_name: approved = null,
    ...place
  }: Place & Texts & { readonly body: string },
): Promise<TemplateRow> {
  checkVariables(place.event, { subject, body });
  const at = instantText(kit.clock.now());
  try {
    return await inTransaction(kit.db, async (tx) => {
      const row = await insertTemplate(tx, {
        id: newId(kit.clock),
        ...place,
        subject,
        body,
        whatsapp_name: approved,
        created_at: at,
        updated_at: at,
      });
      await record(kit, tx, author, 'created', undefined, row);
      return row;
    });
  } catch (error) {
    if (violatedConstraint(error) !== 'notification_templates_unique') throw error;
    throw fieldError('event', {
      en: 'There is a template for this event, channel and language already. Change that one.',
      id: 'Sudah ada templat untuk kejadian, saluran dan bahasa ini. Ubah yang itu.',
    });
  }
}

/** @throws {AppError} not_found, validation_failed */
export function updateTemplate(kit: Kit, author: Author, id: string, texts: Texts): Promise<TemplateRow> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockTemplate(tx, id);
    if (!before) throw new AppError('not_found');
    checkVariables(before.event as CustomerEvent, texts); // Only these are stored.
    const after = await updateTemplateRow(tx, id, { ...texts, updated_at: instantText(kit.clock.now()) });
    await record(kit, tx, author, 'updated', before, after);
    return after;
  });
}

/** @throws {AppError} not_found */
export async function deleteTemplate(kit: Kit, author: Author, id: string): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const before = await lockTemplate(tx, id);
    if (!before) throw new AppError('not_found');
    await deleteTemplateRow(tx, id);
    await record(kit, tx, author, 'deleted', before, undefined);
  });
}

/** What a text looks like with examples in it. @throws {AppError} validation_failed */
export async function previewTemplate(
  db: Db,
  { event, channel, language, subject, body }: Place & Texts,
): Promise<{ subject: string; body: string }> {
  checkVariables(event, { subject, body });
  const usual = wordingOf(await allTemplates(db), event, channel, language);
  const examples = Object.fromEntries(
    Object.entries(eventVariables[event]).map(([name, { example }]) => [name, example]),
  );
  const wording = { ...usual, subject: subject ?? usual.subject, body: body ?? usual.body };
  const text = composed(wording, valuesOf(event, examples, language));
  return { subject: text.subject, body: text.body };
}

function checkVariables(event: CustomerEvent, texts: Pick<Texts, 'subject' | 'body'>): void {
  const known = Object.keys(eventVariables[event]);
  for (const field of ['subject', 'body'] as const) {
    const unknown = namedIn(texts[field] ?? '').find((name) => !known.includes(name));
    if (unknown === undefined) continue;
    const list = known.map((name) => `{{${name}}}`).join(', ');
    throw fieldError(field, {
      en: `There is no variable {{${unknown}}} here. Use ${list}.`,
      id: `Tidak ada variabel {{${unknown}}} di sini. Gunakan ${list}.`,
    });
  }
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  what: 'created' | 'updated' | 'deleted',
  before: TemplateRow | undefined,
  after: TemplateRow | undefined,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    {
      action: `notification_template.${what}`,
      subjectType: 'notification_template',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before } : {}),
      ...(after ? { after } : {}),
    },
  ]);
}
