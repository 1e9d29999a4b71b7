import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../../test/support/database.ts';
import { runCli } from './cli.ts';

test('files are imported from the command line, and what is told is plain in both languages', async () => {
  await using database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'nadi-import-'));
  const nadi = async (...args: string[]) => {
    const printed: string[] = [];
    const noted: string[] = [];
    const code = await runCli({
      args,
      env: { DATABASE_URL: database.url, APP_ENV: 'testing', NADI_DATA_DIR: folder, LANG: 'id_ID.UTF-8' },
      cwd: folder,
      execPath: process.execPath,
      repository: dirname(dirname(import.meta.dirname)),
      signal: new AbortController().signal,
      terminal: {
        print: (line) => void printed.push(line),
        note: (line) => void noted.push(line),
        redraw: undefined,
      },
    });
    return { code, told: [...printed, ...noted.filter((line) => line.startsWith('nadi:'))].join('\n') };
  };
  try {
    await nadi('seed');
    await writeFile(join(folder, 'c.csv'), 'nama,paket,username\nBudi,10 Mbps,budi\n');
    await writeFile(
      join(folder, 'i.csv'),
      'nomor,pelanggan,tanggal,jumlah,status\nA-1,budi,2025-03-01,150.000,lunas\n',
    );
    await writeFile(
      join(folder, 'wrong.csv'),
      'nomor,pelanggan,tanggal,jumlah,status\nA-2,siapa,01/03/2025,x,lunas\n',
    );
    await writeFile(join(folder, 'p.csv'), 'tagihan,jumlah,tanggal\nA-1,150000,2025-03-01\n');
    assert.match((await nadi('import', 'customers', 'c.csv', '--language', 'en')).told, /1 {2}customers/);
    const rehearsed = await nadi('import', 'invoices', 'i.csv', '--dry-run');
    assert.match(rehearsed.told, /Berkasnya benar.*1 {2}tagihan.*--payments-follow.*Tidak ada yang diubah/s);
    assert.deepEqual(
      (await nadi('import', 'invoices', 'wrong.csv')).told.split('\n').map((line) => line.slice(0, 60)),
      [
        'baris 2, date: "01/03/2025": tulis sebagai 2025-03-01.',
        'baris 2, amount: "x": Gunakan jumlah nol atau lebih, di bawah satu triliun'.slice(0, 60),
        'Tidak ada yang dimasukkan: perbaiki 2 hal ini lalu jalankan lagi.'.slice(0, 60),
      ],
    );
    const imported = await nadi('import', 'invoices', 'i.csv');
    assert.deepEqual([imported.code, /1 {4}lunas/.test(imported.told)], [0, true]);
    assert.match((await nadi('import', 'payments', 'p.csv')).told, /1 {2}baris dilewati: tagihannya sudah/);
    const nowhere = await nadi('import', 'phpnuxbill');
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.told, /PHPNUXBILL_DATABASE/);
    const unreachable = await nadi('import', 'phpnuxbill', '--database', 'mysql://a:geheim@127.0.0.1:1/x');
    assert.deepEqual([unreachable.code, unreachable.told.includes('geheim')], [1, false]);
    assert.match((await nadi('import', 'invoices', 'none.csv')).told, /There is no file none\.csv/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
