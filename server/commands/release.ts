import { resolve } from 'node:path';
import { inTransaction } from '#kit/db.ts';
import { type Language, type Message, UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { vendorHooks } from '../editions/vendor.ts';
import {
  createRelease,
  deleteRelease,
  exportMetadata,
  fillRelease,
  findVersion,
  holdRelease,
  listReleaseRows,
  presentRelease,
  publishRelease,
  type ReleaseRow,
  submitRelease,
  unholdRelease,
  updateRelease,
  yankRelease,
} from '../modules/releases/index.ts';
import { type DataOption, type Process, withKit } from './context.ts';
import { languageOf, plain } from './import-file.ts';

interface ReleaseOptions extends DataOption {
  readonly json?: boolean;
  readonly language?: Language;
}

interface CreateOptions extends ReleaseOptions {
  readonly channel: string;
  readonly minVersion?: string;
  readonly floor?: boolean;
  readonly changelog: string;
  readonly hasMigrations?: boolean;
  readonly incompatible?: boolean;
  readonly force?: boolean;
  readonly component: readonly string[];
}

const author = systemAuthor('nadi release');

/** Makes a draft with the files of a folder or archive. A draft that is there already is made anew, so a killed run is repeated. */
export async function createCommand(
  process: Process,
  version: string,
  source: string,
  options: CreateOptions,
): Promise<void> {
  const details = {
    channel: options.channel,
    min_version: options.minVersion ?? null,
    is_floor: options.floor ?? false,
    changelog: options.changelog,
    has_migrations: options.hasMigrations ?? false,
    compatible: !(options.incompatible ?? false),
    force: options.force ?? false,
    components: componentsOf(options.component),
  };
  await withKit(process, options, 'release create', async (kit) => {
    const hooks = vendorHooks(kit).releases;
    const known = await findVersion(kit.db, version);
    const { id } =
      known?.state === 'draft'
        ? await updateRelease(kit, hooks, author, known.id, details)
        : await createRelease(kit, author, { version, ...details });
    tell(process, options, await fillRelease(kit, hooks, author, id, resolve(process.cwd, source)), {
      en: `Made the draft ${version}. Next: ./nadi release sign ${version} --key FILE`,
      id: `Draf ${version} dibuat. Berikutnya: ./nadi release sign ${version} --key BERKAS`,
    });
  });
}

function componentsOf(given: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, paths] = /^([a-z][a-z0-9-]{0,49})=(.+)$/.exec(text) ?? [];
      if (name === undefined || paths === undefined)
        throw new UserError(`--component ${text} is not like "portal=portal/,assets/portal/".`);
      return [name, paths.split(',')];
    }),
  );
}

export async function listCommand(process: Process, options: ReleaseOptions): Promise<void> {
  await withKit(process, options, 'release list', async (kit) => {
    const { rows } = await listReleaseRows(kit.db, { page: 1, per_page: 100 });
    if (options.json) process.terminal.print(JSON.stringify(rows.map(presentRelease)));
    else for (const row of rows) process.terminal.print(lineOf(row));
  });
}

export async function showCommand(process: Process, version: string, options: ReleaseOptions): Promise<void> {
  await withKit(process, options, 'release show', async (kit) => {
    const row = await foundRelease(kit, version);
    tell(process, options, row, undefined);
    if (!options.json && row.changelog !== '') process.terminal.print(plain(row.changelog));
  });
}

type Move = 'submit' | 'publish' | 'hold' | 'unhold' | 'yank' | 'delete';

const done: Readonly<Record<Move, Message>> = {
  submit: {
    en: 'Handed to the offline keys. Next: ./nadi release sign, then ./nadi release publish.',
    id: 'Diserahkan ke kunci offline. Berikutnya: ./nadi release sign, lalu ./nadi release publish.',
  },
  publish: { en: 'Published.', id: 'Diterbitkan.' },
  hold: { en: 'Held: nobody is offered it.', id: 'Ditahan: tidak ditawarkan kepada siapa pun.' },
  unhold: { en: 'Offered again.', id: 'Ditawarkan lagi.' },
  yank: {
    en: 'Yanked: it is never offered again. Next: ./nadi release sign, so that agents refuse it, too.',
    id: 'Ditarik: tidak akan ditawarkan lagi. Berikutnya: ./nadi release sign, agar agen pun menolaknya.',
  },
  delete: { en: 'Deleted.', id: 'Dihapus.' },
};

/** Brings a release from one state to another. */
export async function moveCommand(
  process: Process,
  move: Move,
  version: string,
  options: ReleaseOptions & { readonly reason?: string },
): Promise<void> {
  await withKit(process, options, `release ${move}`, async (kit) => {
    const row = await foundRelease(kit, version);
    tell(process, options, await moved(kit, move, row, options.reason ?? ''), done[move]);
  });
}

async function moved(kit: Kit, move: Move, row: ReleaseRow, reason: string): Promise<ReleaseRow> {
  const hooks = vendorHooks(kit).releases;
  switch (move) {
    case 'submit':
      return submitRelease(kit, hooks, author, row.id);
    case 'publish':
      return publishRelease(kit, hooks, author, row.id);
    case 'hold':
      return inTransaction(kit.db, (tx) => holdRelease(kit, tx, author, row.id, reason));
    case 'unhold':
      return inTransaction(kit.db, (tx) => unholdRelease(kit, tx, author, row.id));
    case 'yank':
      return yankRelease(kit, hooks, author, row.id, reason);
    case 'delete':
      await deleteRelease(kit, hooks, author, row.id);
      return row;
  }
}

export async function exportCommand(
  process: Process,
  folder: string,
  options: ReleaseOptions,
): Promise<void> {
  await withKit(process, options, 'release export', async (kit) => {
    const files = await exportMetadata(kit, vendorHooks(kit).releases, resolve(process.cwd, folder));
    const said = { en: `Wrote ${files} files.`, id: `${files} berkas ditulis.` };
    process.terminal.print(options.json ? JSON.stringify({ files }) : said[languageOf(process, options)]);
  });
}

/** @throws {UserError} where there is none */
export async function foundRelease(kit: Kit, version: string): Promise<ReleaseRow> {
  const row = await findVersion(kit.db, version);
  if (row === undefined)
    throw new UserError(`There is no release ${plain(version)}. See "./nadi release list".`);
  return row;
}

function tell(process: Process, options: ReleaseOptions, row: ReleaseRow, said: Message | undefined): void {
  const { print } = process.terminal;
  if (options.json) {
    print(JSON.stringify(presentRelease(row)));
    return;
  }
  print(lineOf(row));
  if (said !== undefined) print(said[languageOf(process, options)]);
}

function lineOf({ version, channel, state, files, bytes, state_reason: reason }: ReleaseRow): string {
  const size = `${files} files, ${(Number(bytes) / 1_048_576).toFixed(1)} MB`;
  return `${version.padEnd(20)} ${channel.padEnd(7)} ${state.padEnd(10)} ${size}${reason === null ? '' : `  (${plain(reason)})`}`;
}
