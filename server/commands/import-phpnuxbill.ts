import { date } from '#contract';
import { type Language, type Message, UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { wholeEdition } from '../editions/whole.ts';
import { importPhpnuxbill, type PhpnuxbillImported, parseAddress } from '../modules/imports/index.ts';
import { type DataOption, type Process, type Terminal, withKit } from './context.ts';
import { languageOf, plain, tellFigures } from './import-file.ts';
import { type Progress, startProgress } from './progress.ts';

export interface ImportPhpnuxbillOptions extends DataOption {
  readonly database?: string;
  readonly dryRun?: boolean;
  readonly language?: Language;
  readonly as?: string;
  readonly renameUsers?: boolean;
  readonly transactionsFrom?: string;
}

const fromEnvironment = 'PHPNUXBILL_DATABASE';

/** Imports a provider from a PHPNuxBill database. Returns 0, or 1 where rows are faulty. */
export async function importPhpnuxbillCommand(
  process: Process,
  options: ImportPhpnuxbillOptions,
): Promise<number> {
  const { terminal } = process;
  const language = languageOf(process, options);
  const text = options.database ?? process.env[fromEnvironment];
  if (text === undefined || text === '') {
    throw new UserError(
      `Say which database: --database mysql://user:password@host/database, or the same in the environment as ${fromEnvironment}.`,
    );
  }
  const address = parseAddress(text);
  if (options.database !== undefined && address.password !== '') terminal.note(words.visible[language]);
  if (options.transactionsFrom !== undefined && !date.safeParse(options.transactionsFrom).success) {
    throw new UserError('--transactions-from takes a date like 2025-01-31.');
  }
  const dryRun = options.dryRun ?? false;
  return withKit(process, options, 'import phpnuxbill', async (kit) => {
    if (!dryRun) await createReadOnlyMode(kit.db, kit.clock, kit.config.readOnly).refuseIfOn();
    const { subscriptionHooks } = wholeEdition(kit);
    let progress: Progress | undefined;
    const result = await importPhpnuxbill(
      kit,
      subscriptionHooks,
      systemAuthor('import phpnuxbill'),
      address,
      {
        dryRun,
        name: options.as,
        renameUsers: options.renameUsers ?? false,
        transactionsFrom: options.transactionsFrom,
        onProgress: (done, total) => {
          progress ??= startProgress(terminal, words.reading[language], total);
          progress.to(Math.min(done, total));
        },
      },
    );
    progress?.finish();
    tell(terminal, result, language, dryRun);
    return result.faultCount > 0 ? 1 : 0;
  });
}

const words = {
  visible: {
    en: `While this runs, others on this machine can see the password in the list of processes. Put the address into the environment as ${fromEnvironment} instead.`,
    id: `Selama perintah ini berjalan, orang lain di mesin ini bisa melihat kata sandinya di daftar proses. Lebih baik taruh alamatnya di environment sebagai ${fromEnvironment}.`,
  },
  reading: { en: 'Reading PHPNuxBill', id: 'Membaca PHPNuxBill' },
  imported: { en: 'Imported:', id: 'Sudah dimasukkan:' },
  wouldAdd: { en: 'It would add:', id: 'Yang akan ditambahkan:' },
  nothingNew: { en: 'There is nothing new to import.', id: 'Tidak ada yang baru untuk dimasukkan.' },
  otherwise: { en: 'What is not as it was there:', id: 'Yang tidak sama seperti di sana:' },
  nothingChanged: {
    en: 'Nothing was changed (--dry-run).',
    id: 'Tidak ada yang diubah (--dry-run).',
  },
  invoiced: {
    en: 'What is not paid yet is invoiced by the next billing run: at once while Nadi runs.',
    id: 'Yang belum dibayar ditagih oleh penagihan berikutnya: langsung, selama Nadi berjalan.',
  },
  rename: {
    en: 'Usernames are unique here across all routers. Change them in PHPNuxBill, or add --rename-users to take the free ones.',
    id: 'Username di sini unik di semua router. Ganti di PHPNuxBill, atau tambahkan --rename-users untuk memakai yang bebas.',
  },
};

function tell(terminal: Terminal, result: PhpnuxbillImported, language: Language, dryRun: boolean): void {
  const { print } = terminal;
  if (result.knownAs.length > 0) print(knownAs(result.knownAs)[language]);
  for (const { table, id, column, text } of result.faults) {
    print(`${table} ${id}, ${column}: ${plain(text[language])}`);
  }
  const more = result.faultCount - result.faults.length;
  if (more > 0) print({ en: `… and ${more} more.`, id: `… dan ${more} lagi.` }[language]);
  if (result.faults.some((fault) => fault.column === 'username')) print(words.rename[language]);
  if (result.faultCount > 0) {
    tellRemarks(terminal, result, language);
    print(nothingImported(result.faultCount)[language]);
    return;
  }
  const { alreadyThere } = result;
  const added = figuresOf(result).filter(([count]) => count > 0);
  if (added.length === 0) print(words.nothingNew[language]);
  else print(dryRun ? words.wouldAdd[language] : words.imported[language]);
  const passedOver = { en: 'rows passed over: already there', id: 'baris dilewati: sudah ada' };
  tellFigures(terminal, [...added, [alreadyThere, passedOver]], language);
  tellRemarks(terminal, result, language);
  if (dryRun) print(words.nothingChanged[language]);
  else if (result.active > 0) print(words.invoiced[language]);
}

function tellRemarks({ print }: Terminal, { remarks }: PhpnuxbillImported, language: Language): void {
  if (remarks.length === 0) return;
  print(words.otherwise[language]);
  for (const { count, text, rows } of remarks) {
    const list = rows.length === 0 ? '' : ` (${rows.join(', ')}${count > rows.length ? ', …' : ''})`;
    print(`  ${String(count).padStart(8)}  ${plain(text[language])}${list}`);
  }
}

function nothingImported(count: number): Message {
  return {
    en: `Nothing was imported: correct ${count === 1 ? 'this' : `these ${count}`} and run it again.`,
    id: `Tidak ada yang dimasukkan: perbaiki ${count === 1 ? 'ini' : `${count} hal ini`} lalu jalankan lagi.`,
  };
}

function knownAs(names: readonly string[]): Message {
  const list = names.join(', ');
  return {
    en: `PHPNuxBill was imported before as: ${list}. If this is the same one at another address, stop here and add --as ${names[0]}.`,
    id: `PHPNuxBill pernah dimasukkan sebagai: ${list}. Kalau ini yang sama di alamat lain, berhenti dulu dan tambahkan --as ${names[0]}.`,
  };
}

function figuresOf(result: PhpnuxbillImported): readonly (readonly [number, Message])[] {
  return [
    [result.packages, { en: 'packages', id: 'paket' }],
    [result.customers, { en: 'customers', id: 'pelanggan' }],
    [result.active, { en: 'active subscriptions', id: 'langganan aktif' }],
    [
      result.suspended,
      {
        en: 'suspended subscriptions, to be resumed by hand',
        id: 'langganan terisolir, diaktifkan dengan tangan',
      },
    ],
    [result.expired, { en: 'expired subscriptions', id: 'langganan yang sudah habis' }],
    [result.invoices, { en: 'invoices, all paid', id: 'tagihan, semuanya lunas' }],
    [result.payments, { en: 'payments', id: 'pembayaran' }],
    [result.balances, { en: 'balances', id: 'saldo' }],
  ];
}
