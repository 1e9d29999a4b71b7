import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPdf } from '../../../test/support/pdf-text.ts';
import { png } from '../../../test/support/png.ts';
import { invoice, receipt } from '../../../test/support/sample-documents.ts';
import type { InvoiceDocument } from './document.ts';
import { renderInvoice, renderReceipt } from './render.ts';

const formats = ['a4', 'receipt'] as const;

/** Fails unless the text has all of these, in this order. */
function assertInOrder(text: string, parts: readonly string[]): void {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    assert.ok(at >= 0, `"${part}" is not in, or stands earlier than it should:\n${text}`);
    from = at + part.length;
  }
}

for (const format of formats) {
  test(`an Indonesian invoice on ${format} says everything there is to say`, async () => {
    const { text } = await readPdf(await renderInvoice(invoice, format));
    const issuer = ['PT Sinar Nusantara', 'Jl. Merdeka No. 12', 'Bandung 40122', '022-7654321'];
    const facts = [
      'INV-20260115-0001',
      '15 Januari 2026',
      '22 Januari 2026',
      '15 Januari 2026 – 13 Februari 2026',
    ];
    const told = ['TAGIHAN', 'JATUH TEMPO', 'Sinar Net', ...issuer, 'NPWP 01.234.567.8-901.000', ...facts];
    const customer = ['Budi Santoso', 'Jl. Kenanga 8', '+62 812'];
    const words = 'Dua ratus lima puluh lima ribu tiga ratus rupiah';
    for (const part of [...told, ...customer, 'Transfer ke BCA 123.'])
      assert.ok(text.includes(part), `${part}: ${text}`);
    assert.ok(text.includes(words) || format === 'receipt', text);
    assertInOrder(text, ['Paket 20 Mbps', 'Rp 125.000', 'Rp 250.000', 'Potongan', '-Rp 20.000']);
    assertInOrder(text, ['Subtotal', 'Rp 230.000', 'PPN 11%', 'Rp 25.300', 'Total', 'Rp 255.300']);
    assertInOrder(text, ['Sudah dibayar', 'Rp 100.000,50', 'Sisa tagihan', 'Rp 155.299,50']);
  });

  test(`an English invoice on ${format} is English throughout`, async () => {
    const { text } = await readPdf(await renderInvoice({ ...invoice, language: 'en' }, format));
    assertInOrder(text, ['Paket 20 Mbps', 'Rp 125,000', 'Rp 250,000', 'Potongan', '-Rp 20,000']);
    assertInOrder(text, ['Paid so far', 'Rp 100,000.50', 'Left to pay', 'Rp 155,299.50']);
    for (const part of [
      'INVOICE',
      'OVERDUE',
      '22 January 2026',
      '13 February 2026',
      'Two hundred fifty-five thousand',
    ]) {
      assert.ok(text.includes(part), `${part}: ${text}`);
    }
    assert.doesNotMatch(text, /TAGIHAN|Januari|Terbilang|Jatuh/);
  });

  test(`the mark on ${format} tells how the invoice stands`, async () => {
    const marks = {
      paid: 'LUNAS',
      overdue: 'JATUH TEMPO',
      cancelled: 'BATAL',
      unpaid: 'BELUM DIBAYAR',
      draft: 'DRAF',
    };
    for (const [status, mark] of Object.entries(marks)) {
      const document = { ...invoice, status: status as InvoiceDocument['status'] }; // The keys above are just these.
      const { text } = await readPdf(await renderInvoice(document, format));
      const shown = Object.values(marks).filter((word) => new RegExp(`\\b${word}\\b`).test(text));
      assert.deepEqual(shown, [mark]);
    }
  });

  test(`a kwitansi on ${format} names payer, amount, words, invoice, method, date and receiver`, async () => {
    const { text } = await readPdf(await renderReceipt(receipt, format));
    const told = [
      'KWITANSI',
      '3F9A12BC',
      'Budi Santoso',
      'Transfer bank',
      'TRX-9',
      '20 Januari 2026',
      'Siti Aminah',
    ];
    const flat = text.replace(/\s+/g, ' ');
    for (const part of [
      ...told,
      'Satu juta sebelas ribu rupiah',
      'Tagihan INV-20260115-0001',
      'Rp 1.011.000',
    ]) {
      assert.ok(flat.includes(part), `${part}: ${text}`);
    }
    assert.ok(!text.includes('DIBATALKAN'));
    const reversed = { on: '2026-01-21', reason: 'Transfer tidak masuk' };
    const after = await readPdf(await renderReceipt({ ...receipt, language: 'en', reversed }, format));
    for (const part of ['RECEIPT', 'REVERSED', '21 January 2026', 'Transfer tidak masuk', 'Bank transfer']) {
      assert.ok(after.text.includes(part), `${part}: ${after.text}`);
    }
  });

  test(`the same document gives the same bytes on ${format}, at any time`, async () => {
    const logo = png(40, 30);
    const document = { ...invoice, issuer: { ...invoice.issuer, logo } };
    const [one, other] = [await renderInvoice(document, format), await renderInvoice(document, format)];
    assert.ok(one.equals(other));
    assert.ok(!one.equals(await renderInvoice({ ...document, total: '255301.00' }, format)));
    assert.ok((await renderReceipt(receipt, format)).equals(await renderReceipt(receipt, format)));
  });

  test(`names in any script, and long ones, never break ${format}`, async () => {
    const names = [
      'Zoë Núñez-Müller',
      'Đặng Thị Hương',
      'Привет Ελλάς Žižka',
      '王小明',
      'محمد بن سلمان',
      '😀 👨‍👩‍👧 🇮🇩',
      'e\u0301le\u0300ve',
      '\u202Eterbalik\u200B',
      'x'.repeat(255),
      'W '.repeat(127),
      '\u0301',
      '\t\r\n ',
      'ａｂｃ',
      '',
    ];
    const seen: string[] = [];
    for (const name of names) {
      const customer = { name, address: null, phone: null, email: null };
      const lines = [{ description: name, quantity: 1, unitPrice: '1.00', amount: '1.00' }];
      const { text, sizes } = await readPdf(
        await renderInvoice({ ...invoice, customer, lines, notes: name }, format),
      );
      assert.equal(sizes.length, 1, name);
      seen.push(text);
      await renderReceipt({ ...receipt, customer, receivedBy: name, notes: name }, format);
    }
    const shown = ['Zoë Núñez-Müller', 'Đặng Thị Hương', 'Привет Ελλάς Žižka', '???', '???? ?? ?????'];
    for (const [index, part] of shown.entries())
      assert.ok(seen[index]?.includes(part), `${part}: ${seen[index]}`);
    assert.ok(seen[6]?.includes('élève'));
    assert.ok(seen[7]?.includes('terbalik'));
    assert.ok(seen[12]?.includes('abc'));
  });
}

test('a hundred lines go over pages of A4, each with the head of the table and its number', async () => {
  const lines = Array.from({ length: 100 }, (_, index) => ({
    description: `Layanan ${index + 1}.`,
    quantity: 1,
    unitPrice: '1000.00',
    amount: '1000.00',
  }));
  const { pages, sizes } = await readPdf(await renderInvoice({ ...invoice, lines }, 'a4'));
  assert.equal(pages.length, 4);
  for (const [index, page] of pages.entries()) {
    assert.ok(page.includes(`Halaman ${index + 1} dari ${pages.length}`), page);
    if (page.includes('Layanan')) assert.ok(page.includes('Harga satuan'), page);
    assert.ok(page.includes('INV-20260115-0001'), page);
  }
  const text = pages.join(' ');
  for (const { description } of lines) assert.equal(text.split(description).length, 2, description);
  for (const { width, height } of sizes)
    assert.deepEqual([Math.round(width), Math.round(height)], [595, 842]);
});

test('receipt paper is 80 mm wide and as long as what stands on it', async () => {
  const heights: number[] = [];
  for (const count of [1, 10, 100]) {
    const lines = Array.from({ length: count }, () => ({ ...invoice.lines[0], description: 'Layanan' }));
    const all = lines.map((line) => ({ quantity: 1, unitPrice: '1.00', amount: '1.00', ...line }));
    const { sizes } = await readPdf(await renderInvoice({ ...invoice, lines: all }, 'receipt'));
    assert.equal(sizes.length, 1);
    assert.equal(Math.round(((sizes[0]?.width ?? 0) / 72) * 25.4), 80);
    heights.push(sizes[0]?.height ?? 0);
  }
  const [one = 0, ten = 0, hundred = 0] = heights;
  assert.ok(Math.abs((ten - one) / 9 - (hundred - one) / 99) < 0.01, heights.join());
});

test('an invoice without a number, customer details or notes is drawn as well', async () => {
  const bare = {
    name: 'Nadi',
    legalName: null,
    address: null,
    phone: null,
    email: null,
    taxNumber: null,
    logo: null,
  };
  for (const format of formats) {
    const document: InvoiceDocument = {
      ...invoice,
      issuer: bare,
      number: null,
      status: 'draft',
      period: null,
      notes: null,
    };
    const { text } = await readPdf(await renderInvoice(document, format));
    assert.ok(text.includes('Belum bernomor') && !text.includes('null'), text);
  }
});

test('a logo that cannot be drawn leaves the invoice as it is without one', async () => {
  const whole = png(8, 8);
  const broken = [
    Buffer.alloc(0),
    Buffer.from('GIF89a'),
    whole.subarray(0, 60),
    png(8, 8, { rows: Buffer.alloc(3) }),
  ];
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 8, 0, 8, 3, 0xff, 0xd9]);
  for (const logo of [...broken, jpeg, png(8, 8, { interlaced: true }), whole]) {
    for (const format of formats) {
      const { text } = await readPdf(
        await renderInvoice({ ...invoice, issuer: { ...invoice.issuer, logo } }, format),
      );
      assert.ok(text.includes('Sinar Net'));
    }
  }
});
