import { UserError } from '#kit/errors.ts';
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
import { acceptSignatures } from '../modules/trust/index.ts';
import { type DataOption, type Process, withKit } from './context.ts';
import { openKey, readKey } from './key-files.ts';
import { gatherRequest, readRequest, type SigningRequest, writeRequest } from './signing-file.ts';
import { describeRequest } from './signing-view.ts';

export interface SignOptions extends DataOption {
  readonly key?: readonly string[];
  readonly export?: string;
  readonly import?: string;
  readonly file?: string;
}

/** What is signed: metadata of releases and keys alone, or also documents for installations. */
type SignWhat = 'metadata' | 'everything';

/**
 * Signs what waits: here, with the database; or in a file, on a machine that has neither it nor a network, from which another call
 * brings the signatures in. What is to be signed is shown before any passphrase is asked for.
 */
export async function signCommand(process: Process, what: SignWhat, options: SignOptions): Promise<void> {
  const ways = [options.export, options.import, options.file].filter((way) => way !== undefined);
  if (ways.length > 1) throw new UserError('Use one of --export, --import and --file.');
  if (options.file !== undefined) {
    const request = readRequest(process, options.file);
    const signed = await signRequest(process, what, request, options.key ?? []);
    if (signed === undefined) return;
    writeRequest(process, options.file, signed);
    process.terminal.print(
      `Signed ${options.file}. Bring it back and run: ./nadi release sign-queue --import ${options.file}`,
    );
    return;
  }
  await withKit(process, options, 'release sign', async (kit) => {
    if (options.import !== undefined) return await handIn(process, kit, readRequest(process, options.import));
    if (options.export !== undefined) {
      const request = await gatherRequest(kit.db);
      writeRequest(process, options.export, request);
      process.terminal.print(
        `Wrote ${options.export}: ${counted(request)}. Sign it with: ./nadi release sign-queue --key KEY --file ${options.export}`,
      );
      return;
    }
    await signWaiting(process, kit, what, options.key ?? []);
  });
}

/** Signs what waits in the database with these key files, and hands the signatures in. */
export async function signWaiting(
  process: Process,
  kit: Kit,
  what: SignWhat,
  files: readonly string[],
): Promise<void> {
  const signed = await signRequest(process, what, await gatherRequest(kit.db), files);
  if (signed !== undefined) await handIn(process, kit, signed);
}

/** Adds the signatures of keys to what they may sign; undefined where nothing was signed. */
async function signRequest(
  process: Process,
  what: SignWhat,
  request: SigningRequest,
  files: readonly string[],
): Promise<SigningRequest | undefined> {
  const { terminal } = process;
  const part = what === 'everything' ? request : { ...request, documents: [] };
  if (part.metadata.length + part.documents.length === 0) {
    terminal.print('Nothing waits for signatures.');
    return undefined;
  }
  const held = files.map((file) => ({ file, ...readKey(process, file) })).filter(({ signs }) => signs);
  for (const line of describeRequest(part, held)) terminal.print(line);
  if (held.length === 0) {
    terminal.print(
      `${counted(part)} wait. Sign with --key FILE, or take it to another machine with --export FILE.`,
    );
    return undefined;
  }
  const keys: (KeyFile & SigningKey)[] = [];
  for (const { file } of held) {
    const key = await openKey(process, file);
    if (key !== undefined) keys.push(key);
  }
  if (keys.length === 0) return undefined;
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

/** Hands the signatures in, in parts where there are many documents. */
async function handIn(process: Process, kit: Kit, request: SigningRequest): Promise<void> {
  const author = systemAuthor('nadi release sign');
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
  const { terminal } = process;
  const given = metadata.filter(({ role }) => !live.has(role));
  if (given.length > 0 && passedOver === 0)
    terminal.print(`Signed: ${given.map(({ role, version }) => `${role}.json ${version}`).join(', ')}`);
  if (live.size > 0) terminal.print(`Live now: ${[...live].map((role) => `${role}.json`).join(', ')}`);
  if (documents.length > 0)
    terminal.print(`${signed} of ${documents.length} documents have all their signatures.`);
  if (passedOver > 0) terminal.print(`${passedOver} were changed or signed meanwhile and passed over.`);
  const left = await gatherRequest(kit.db);
  terminal.print(
    left.metadata.length + left.documents.length === 0
      ? 'Nothing waits for signatures.'
      : `Still waiting: ${counted(left)}.`,
  );
}

function counted({ metadata, documents }: SigningRequest): string {
  const parts = [
    ...metadata.map(
      ({ role, version, signatures }) => `${role}.json ${version} (${signatures.length} signed)`,
    ),
    ...(documents.length === 0 ? [] : [`${documents.length} documents`]),
  ];
  return parts.join(', ') || 'nothing';
}
