import { date } from '#contract';
import type { Language, Message } from '#kit/errors.ts';
import { AppError, UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { providerEdition } from '../editions/provider.ts';
import { packagesByName } from '../modules/catalog/index.ts';
import { importRouter, presentImport } from '../modules/provisioning/index.ts';
import { findRouterCalled } from '../modules/routers/index.ts';
import { type DataOption, type Process, type Terminal, withKit } from './context.ts';
import { languageOf, plain, tellFigures } from './import-file.ts';

export interface ImportRouterOptions extends DataOption {
  readonly router?: string;
  readonly dryRun?: boolean;
  readonly language?: Language;
  readonly endDate?: string;
  readonly package?: readonly string[];
}

/** Imports what a router holds. Returns 0, or 1 where somebody has to look at an entry. */
export async function importRouterCommand(process: Process, options: ImportRouterOptions): Promise<number> {
  const { terminal } = process;
  const language = languageOf(process, options);
  const dryRun = options.dryRun ?? false;
  const { router: called, endDate, package: packages = [] } = options;
  if (called === undefined) throw new UserError('Say which router: --router with its name or id.');
  if (endDate !== undefined && !date.safeParse(endDate).success) {
    throw new UserError('--end-date takes a date like 2026-01-31.');
  }
  return withKit(process, options, 'import router', async (kit) => {
    if (!dryRun) await createReadOnlyMode(kit.db, kit.clock, kit.config.readOnly).refuseIfOn();
    const router = await findRouterCalled(kit.db, called);
    if (!router) throw new UserError(`There is no router ${called}. Add it at /api/router-settings first.`);
    const { subscriptionHooks } = providerEdition(kit);
    const given = { dryRun, endDate, packages: await mappings(kit, packages) };
    const answer = await saying(language, async () =>
      presentImport(
        kit.db,
        await importRouter(kit, subscriptionHooks, systemAuthor('import router'), router.id, given),
      ),
    );
    tell(terminal, answer, language);
    return answer.taken + answer.skipped > 0 ? 1 : 0;
  });
}

/** `profile=package`, by names. */
async function mappings(kit: Kit, given: readonly string[]) {
  const packages = await packagesByName(kit.db);
  return given.map((text) => {
    const [profile = '', ...rest] = text.split('=');
    const pack = packages.get(rest.join('=').trim().toLowerCase());
    if (profile === '' || pack === undefined) {
      throw new UserError(
        `--package takes profile=package, with the name of a package that is here; not "${text}".`,
      );
    }
    return { profile: profile.trim(), package_id: pack.id };
  });
}

/** What the API would answer, as a plain sentence. */
async function saying<T>(language: Language, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const fields = Object.values(error.detail.fields ?? {}).flat();
    const texts = fields.map((text) => (typeof text === 'string' ? text : text[language]));
    throw new UserError(texts.join(' ') || (error.detail.message?.[language] ?? error.message));
  }
}

const words = {
  imported: { en: 'Imported:', id: 'Sudah dimasukkan:' },
  wouldAdd: { en: 'It would add:', id: 'Yang akan ditambahkan:' },
  stays: { en: 'What stays as it is:', id: 'Yang dibiarkan seperti adanya:' },
  unknown: {
    en: 'Profiles that are no package yet; add one, or say --package PROFILE=PACKAGE:',
    id: 'Profil yang belum ada paketnya; tambahkan paket, atau tulis --package PROFIL=PAKET:',
  },
  nothingChanged: { en: 'Nothing was changed (--dry-run).', id: 'Tidak ada yang diubah (--dry-run).' },
} as const satisfies Record<string, Message>;

type Answer = Awaited<ReturnType<typeof presentImport>>;

function tell(terminal: Terminal, answer: Answer, language: Language): void {
  const { print } = terminal;
  const { en, id } = answer.dry_run ? words.wouldAdd : words.imported;
  print({ en, id }[language]);
  const until = answer.end_date;
  const figures: (readonly [number, Message])[] = [
    [answer.new, { en: `subscriptions, paid until ${until}`, id: `langganan, lunas sampai ${until}` }],
    [answer.new_customers, { en: 'customers', id: 'pelanggan' }],
    [answer.matches, { en: 'entries of subscriptions that are here', id: 'entri langganan yang sudah ada' }],
    [answer.known, { en: 'passed over: already Nadi’s', id: 'dilewati: sudah milik Nadi' }],
  ];
  tellFigures(terminal, figures, language);
  const stays = Map.groupBy(
    answer.rows.filter(({ verdict }) => verdict === 'taken' || verdict === 'skipped'),
    ({ reason }) => reason?.[language] ?? '',
  );
  if (stays.size > 0) print(words.stays[language]);
  for (const [reason, rows] of stays) {
    const names = rows.slice(0, 5).map(({ name }) => plain(name.slice(0, 64)));
    const more = rows.length > names.length ? ', …' : '';
    print(`  ${String(rows.length).padStart(8)}  ${reason} (${names.join(', ')}${more})`);
  }
  const unknown = answer.profiles.filter(({ package_id: pack }) => pack === null);
  if (unknown.length > 0) print(words.unknown[language]);
  for (const { name, rate, entries } of unknown)
    print(`  ${String(entries).padStart(8)}  ${plain(name)}${rate === null ? '' : ` (${rate})`}`);
  if (answer.dry_run) print(words.nothingChanged[language]);
}
