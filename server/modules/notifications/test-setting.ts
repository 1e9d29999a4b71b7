import { instantText } from '#kit/clock.ts';
import { AppError, type Language } from '#kit/errors.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { readOrganisation } from '../organisation/index.ts';
import { carrierOf } from './carriers.ts';
import { openPoster } from './channels/post.ts';
import { findSetting } from './setting-queries.ts';
import { addressOf } from './settings.ts';

const words = {
  subject: { en: 'Test message', id: 'Pesan uji' },
  body: { en: 'Messages of this kind arrive here.', id: 'Pesan seperti ini sampai di sini.' },
  sent: {
    en: 'The message was taken. Look whether it arrived.',
    id: 'Pesan diterima layanan. Periksa apakah sudah sampai.',
  },
  failed: { en: 'It was not taken', id: 'Pesan tidak diterima' },
} as const;

/** Sends a message by a setting, active or not, and says what came of it. @throws {AppError} not_found */
export async function testSetting(
  kit: Kit,
  id: string,
  language: Language,
): Promise<{ success: boolean; message: string }> {
  const setting = await findSetting(kit.db, id);
  if (!setting) throw new AppError('not_found');
  const { name } = await readOrganisation(kit.db);
  const poster = openPoster();
  const carrier = carrierOf(kit, poster, setting.channel, setting);
  try {
    const [subject, body] = [`${name}: ${words.subject[language]}`, words.body[language]];
    const outcome = await carrier.carry({
      id: newId(kit.clock),
      event: 'test',
      createdAt: instantText(kit.clock.now()),
      to: addressOf(kit, setting) ?? '',
      subject,
      body,
      template: { name: 'nadi_alert', language, parameters: [subject, body] },
    });
    return outcome.kind === 'sent'
      ? { success: true, message: words.sent[language] }
      : { success: false, message: `${words.failed[language]}: ${outcome.reason}.` };
  } finally {
    carrier.close();
    poster.close();
  }
}
