import { type Language, UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import {
  type Envelope,
  type KeyFile,
  type SigningKey,
  signaturesOf,
  withSignatures,
} from '#release-metadata';
import { vendorHooks } from '../editions/vendor.ts';
import { listReleaseRows, submitDrafts } from '../modules/releases/index.ts';
import { acceptSignatures } from '../modules/trust/index.ts';
import { type DataOption, type Process, withKit } from './context.ts';
import { languageOf, plain } from './import-file.ts';
import { openKey, readKey } from './key-files.ts';
import { foundRelease } from './release.ts';
import { signWords } from './sign-words.ts';
import { gatherRequest, readRequest, type SigningRequest, writeRequest } from './signing-file.ts';
import { describeRequest } from './signing-view.ts';

export interface SignOptions extends DataOption {
  readonly key?: readonly string[];
  readonly export?: string;
  readonly import?: string;
  readonly file?: string;
  readonly language?: Language;
}

/** What is signed: metadata of releases and keys alone, or also documents for installations. */
type SignWhat = 'metadata' | 'everything';

const author = systemAuthor('nadi release sign');

/**
 * Signs what waits: here, with the database; or in a file, on a machine that has neither it nor a network, from which another call
 * brings the signatures in. Drafts are handed in before: those of the `versions`, or, for `metadata`, all that have files where none is
 * named. What is to be signed is shown before any passphrase is asked for. Killed anywhere, it is run again.
 */
export async function signCommand(
  process: Process,
  what: SignWhat,
  versions: readonly string[],
  options: SignOptions,
): Promise<void> {
  const language = languageOf(process, options);
  const { print } = process.terminal;
  const ways = [options.export, options.import, options.file].filter((way) => way !== undefined);
  if (ways.length > 1) throw new UserError(signWords.oneWay[language]);
  if (options.file !== undefined) {
    const request = readRequest(process, options.file);
    const signed = await signRequest(process, what, request, options.key ?? [], language);
    if (signed === undefined) return;
    writeRequest(process, options.file, signed);
    print(signWords.signedFile(options.file)[language]);
    return;
  }
  await withKit(process, options, 'release sign', async (kit) => {
    if (options.import !== undefined)
      return await handIn(process, kit, readRequest(process, options.import), language);
    if (what === 'metadata') {
      const rows = await Promise.all(versions.map((version) => foundRelease(kit, version)));
      const hooks = vendorHooks(kit).releases;
      const handedIn = await submitDrafts(kit, hooks, author, rows.length === 0 ? undefined : rows);
      if (handedIn.length > 0) print(signWords.handedIn(handedIn.map(plain))[language]);
    }
    if (options.export !== undefined) {
      const request = await gatherRequest(kit.db);
      writeRequest(process, options.export, request);
      print(signWords.wroteFile(options.export, request)[language]);
      return;
    }
    await signWaiting(process, kit, what, options.key ?? [], language);
  });
}

/** Signs what waits in the database with these key files, and hands the signatures in. */
export async function signWaiting(
  process: Process,
  kit: Kit,
  what: SignWhat,
  files: readonly string[],
  language = languageOf(process, {}),
): Promise<void> {
  const signed = await signRequest(process, what, await gatherRequest(kit.db), files, language);
  if (signed !== undefined) await handIn(process, kit, signed, language);
}

/** Adds the signatures of keys to what they may sign; undefined where nothing was signed. */
async function signRequest(
  process: Process,
  what: SignWhat,
  request: SigningRequest,
  files: readonly string[],
  language: Language,
): Promise<SigningRequest | undefined> {
  const { print } = process.terminal;
  const part = what === 'everything' ? request : { ...request, documents: [] };
  if (part.metadata.length + part.documents.length === 0) {
    print(signWords.nothing[language]);
    return undefined;
  }
  const held = files.map((file) => ({ file, ...readKey(process, file) })).filter(({ signs }) => signs);
  for (const line of describeRequest(part, held, language)) print(line);
  if (held.length === 0) {
    print(signWords.noKey(part)[language]);
    return undefined;
  }
  const keys: (KeyFile & SigningKey)[] = [];
  for (const { file } of held) {
    const key = await openKey(process, file);
    if (key !== undefined) keys.push(key);
  }
  if (keys.length === 0) {
    print(signWords.notNow[language]);
    return undefined;
  }
  const by = (role: string) => keys.filter((key) => key.role === role);
  return {
    ...part,
    metadata: part.metadata.map((item) => ({ ...item, ...signedBy(item, by(item.role)) })),
    documents: part.documents.map((item) => ({ ...item, ...signedBy(item, by('director')) })),
  };
}

function signedBy(item: Envelope<Record<string, unknown>>, keys: readonly SigningKey[]) {
  const { signed, signatures } = withSignatures(item, signaturesOf(item.signed, keys));
  return { signed, signatures: [...signatures] };
}

const atOnce = 500;

/** Hands the signatures in, in parts where there are many documents; each part counts as a whole. */
async function handIn(
  process: Process,
  kit: Kit,
  request: SigningRequest,
  language: Language,
): Promise<void> {
  const { print } = process.terminal;
  const hooks = vendorHooks(kit).trust;
  const metadata = request.metadata.filter(({ signatures }) => signatures.length > 0);
  const documents = request.documents.filter(({ signatures }) => signatures.length > 0);
  const live = new Set<string>();
  let [signed, passedOver] = [0, 0];
  for (let from = 0; from === 0 || from < documents.length; from += atOnce) {
    const part = { metadata: from === 0 ? metadata : [], documents: documents.slice(from, from + atOnce) };
    const taken = await acceptSignatures(kit, author, hooks, part);
    for (const role of taken.live) live.add(role);
    signed += taken.documents_signed;
    passedOver += taken.passed_over;
  }
  const given = metadata.filter(({ role }) => !live.has(role));
  if (given.length > 0 && passedOver === 0)
    print(signWords.given(given.map(({ role, version }) => `${role}.json ${version}`))[language]);
  if (live.size > 0) print(signWords.live([...live])[language]);
  if (documents.length > 0) print(signWords.documents(signed, documents.length)[language]);
  if (passedOver > 0) print(signWords.passedOver(passedOver)[language]);
  const { rows } = await listReleaseRows(kit.db, { page: 1, per_page: 100, state: 'signed' });
  if (rows.length > 0) print(signWords.released(rows.map(({ version }) => plain(version)))[language]);
  const left = await gatherRequest(kit.db);
  const all = left.metadata.length + left.documents.length === 0;
  print((all ? signWords.nothing : signWords.left(left))[language]);
}
