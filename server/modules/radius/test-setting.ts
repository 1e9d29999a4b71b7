import { randomBytes } from 'node:crypto';
import { AppError, type Language, type Message } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { exchange, type Patience } from './exchange.ts';
import { attributeTypes, codes, textAttribute } from './packet.ts';
import { findSetting } from './queries.ts';
import { sealedFor } from './sealed-for.ts';

const patience: Patience = { tries: 3, waitMs: 700 };

const words = {
  answered: {
    en: 'The RADIUS server answers, and the secret is right.',
    id: 'Server RADIUS menjawab, dan secret-nya benar.',
  },
  silent: {
    en: 'No answer. Check that FreeRADIUS runs, that address, UDP port and secret are right, and that it was configured to answer this machine (radius:config --test-from).',
    id: 'Tidak ada jawaban. Periksa apakah FreeRADIUS berjalan, apakah alamat, port UDP dan secret benar, dan apakah server ini boleh bertanya (radius:config --test-from).',
  },
} satisfies Readonly<Record<string, Message>>;

/**
 * Asks a RADIUS server whether it is there: by Status-Server (RFC 5997), and where that is not answered by a request for
 * an account that nobody has. Any answer proves the secret, since it is signed with it. @throws {AppError} not_found
 */
export async function testSetting(
  kit: Kit,
  id: string,
  language: Language,
): Promise<{ success: boolean; message: string }> {
  const setting = await findSetting(kit.db, id);
  if (!setting) throw new AppError('not_found');
  const { host, port } = setting;
  const peer = { host, port, secret: kit.secrets.open(setting.secret, sealedFor.secret(id)) };
  const who = textAttribute(attributeTypes.nasIdentifier, setting.nas_identifier);
  const nobody = [
    textAttribute(attributeTypes.userName, `nadi-test-${randomBytes(6).toString('hex')}`),
    textAttribute(attributeTypes.userPassword, randomBytes(6).toString('hex')),
    who,
  ];
  const ask = (code: number, attributes: typeof nobody) =>
    exchange(peer, { code, attributes, messageAuthenticator: true }, patience);
  const answer = (await ask(codes.statusServer, [who])) ?? (await ask(codes.accessRequest, nobody));
  return answer === undefined
    ? { success: false, message: words.silent[language] }
    : { success: true, message: words.answered[language] };
}
