import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { png } from '../../../test/support/png.ts';
import { testApp } from '../../../test/support/test-app.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());
const url = '/api/organisation/logo';

/** The beginning of a JPEG up to its frame, of that size and number of colours, and its end. */
function jpeg(
  width: number,
  height: number,
  { colours = 3, marker = 0xc0, end = [0xff, 0xd9] } = {},
): Buffer {
  const comment = [0xff, 0xfe, 0, 4, 1, 2];
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  return Buffer.from([
    0xff,
    0xd8,
    ...comment,
    0xff,
    marker,
    0,
    17,
    8,
    ...size,
    colours,
    ...Array(9).fill(0),
    ...end,
  ]);
}

function put(image: Buffer | string, language = 'en') {
  const body = { image: typeof image === 'string' ? image : image.toString('base64') };
  return nadi.request({ method: 'PUT', url, body, headers: { 'accept-language': language } });
}

test('a logo is set, shown as it was sent, replaced and removed; the audit log tells of each without its bytes', async () => {
  assert.equal((await nadi.request({ url })).statusCode, 404);
  const first = png(30, 20);
  const set = await put(first);
  assert.equal(set.statusCode, 200, set.body);
  const { updated_at: _, ...facts } = set.json();
  assert.deepEqual(facts, { media_type: 'image/png', width: 30, height: 20 });
  const shown = await nadi.request({ url, as: 'viewer' });
  assert.equal(shown.headers['content-type'], 'image/png');
  assert.equal(shown.headers['content-disposition'], 'inline; filename="logo.png"');
  assert.ok(shown.rawPayload.equals(first));
  nadi.clock.advance({ seconds: 1 });
  assert.equal((await put(jpeg(300, 200))).json().media_type, 'image/jpeg');
  assert.equal((await nadi.request({ url })).headers['content-type'], 'image/jpeg');
  nadi.clock.advance({ seconds: 1 });
  for (let times = 0; times < 2; times += 1) {
    assert.equal((await nadi.request({ method: 'DELETE', url })).statusCode, 204);
  }
  assert.equal((await nadi.request({ url })).statusCode, 404);
  const { rows } = await nadi.kit.pool.query<{ action: string; size: number }>(
    `select action, length(coalesce(new_values, '{}')::text) as size from audit_logs
     where action like 'organisation.logo%' order by created_at`,
  );
  assert.deepEqual(
    rows.map(({ action }) => action),
    ['organisation.logo_set', 'organisation.logo_set', 'organisation.logo_removed'],
  );
  assert.ok(rows.every(({ size }) => size < 300));
});

test('every kind of PNG that is not interlaced is taken', async () => {
  const palette = ['PLTE', Buffer.alloc(6)] as const;
  const kinds = [
    ...[1, 2, 4, 8, 16].map((depth) => ({ depth, colorType: 0 })),
    ...[8, 16].flatMap((depth) => [2, 4, 6].map((colorType) => ({ depth, colorType }))),
    ...[1, 2, 4, 8].map((depth) => ({
      depth,
      colorType: 3,
      chunks: [palette, ['tRNS', Buffer.from([0])] as const],
    })),
  ];
  for (const kind of kinds) {
    const answer = await put(png(13, 7, kind));
    assert.equal(answer.statusCode, 200, `${JSON.stringify(kind)}: ${answer.body}`);
  }
});

const flipped = png(20, 20);
flipped[60] = (flipped[60] ?? 0) ^ 1;

const refused: readonly (readonly [what: string, image: Buffer | string, en: RegExp, id: RegExp])[] = [
  ['nothing', '', /PNG or JPEG/, /PNG atau JPEG/],
  ['no base64', 'data:image/png;base64,AAAA', /base64/, /base64/],
  ['a GIF', Buffer.from('GIF89a, they said'), /neither a PNG nor a JPEG/, /bukan gambar/],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /neither/, /bukan/],
  ['a PNG cut off', png(20, 20).subarray(0, 55), /broken/, /rusak/],
  ['a PNG with a bit flipped', flipped, /broken/, /rusak/],
  ['a PNG with too few rows', png(20, 20, { rows: Buffer.alloc(81 * 3) }), /broken/, /rusak/],
  ['a PNG with an unknown filter', png(20, 20, { rows: Buffer.alloc(81 * 20, 9) }), /broken/, /rusak/],
  ['a PNG that unpacks to 100 MB', png(20, 20, { rows: Buffer.alloc(100_000_000) }), /broken/, /rusak/],
  ['a PNG of no width', png(0, 20), /broken/, /rusak/],
  ['a PNG of a depth there is not', png(20, 20, { depth: 3 }), /broken/, /rusak/],
  ['a PNG without its palette', png(20, 20, { colorType: 3 }), /broken/, /rusak/],
  ['an interlaced PNG', png(20, 20, { interlaced: true }), /interlac/, /interlace/],
  ['a PNG of huge size', png(100_000, 100_000, { rows: Buffer.alloc(8) }), /1600 by 1600/, /1600 kali 1600/],
  ['a JPEG of huge size', jpeg(65_000, 10), /1600 by 1600/, /1600 kali 1600/],
  ['a JPEG cut off', jpeg(20, 20, { end: [] }), /broken/, /rusak/],
  ['a JPEG without a picture', Buffer.from([0xff, 0xd8, 0xff, 0xd9]), /broken/, /rusak/],
  ['a JPEG for print', jpeg(20, 20, { colours: 4 }), /CMYK/, /CMYK/],
  ['a lossless JPEG', jpeg(20, 20, { marker: 0xc3 }), /CMYK/, /CMYK/],
  ['more than 300 kB', Buffer.alloc(300 * 1024 + 1), /300 kB/, /300 kB/],
  ['much more than 300 kB', Buffer.alloc(500_000), /300 kB/, /300 kB/],
];

for (const [what, image, en, id] of refused) {
  test(`${what} is refused in both languages, naming the field`, async () => {
    for (const [language, text] of [['en', en] as const, ['id', id] as const]) {
      const answer = await put(image, language);
      assert.equal(answer.statusCode, 422, answer.body);
      assert.match(String(answer.json().errors.image), text);
    }
    assert.equal((await nadi.kit.pool.query('select from organisation_logo where width > 1600')).rowCount, 0);
  });
}
