import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { png } from '../../../test/support/png.ts';
import { decodePng } from './png.ts';

/** Filters a row as PNG §9.2 has it, the way back from what is read. */
function filtered(filter: number, row: readonly number[], above: readonly number[], step: number): number[] {
  const bytes = row.map((value, i) => {
    const a = row[i - step] ?? 0;
    const b = above[i] ?? 0;
    const c = i < step ? 0 : (above[i - step] ?? 0);
    const p = a + b - c;
    const nearest = [a, b, c].reduce((best, one) => (Math.abs(p - one) < Math.abs(p - best) ? one : best));
    return (value - ([0, a, b, Math.floor((a + b) / 2), nearest][filter] ?? 0) + 512) % 256;
  });
  return [filter, ...bytes];
}

test('pixels come back whatever filter each row was written with', () => {
  const picture = fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 6 }))
    .chain(([width, height]) =>
      fc.tuple(
        fc.array(fc.array(fc.nat(255), { minLength: width * 4, maxLength: width * 4 }), {
          minLength: height,
          maxLength: height,
        }),
        fc.array(fc.nat(4), { minLength: height, maxLength: height }),
      ),
    );
  fc.assert(
    fc.property(picture, ([rows, filters]) => {
      const bytes = rows.flatMap((row, y) => filtered(filters[y] ?? 0, row, rows[y - 1] ?? [], 4));
      const width = (rows[0]?.length ?? 0) / 4;
      const { rgb, alpha } = decodePng(png(width, rows.length, { rows: Buffer.from(bytes) }));
      const flat = rows.flat();
      assert.deepEqual(
        [...rgb],
        flat.filter((_, i) => i % 4 !== 3),
      );
      assert.deepEqual(
        [...(alpha ?? [])],
        flat.filter((_, i) => i % 4 === 3),
      );
    }),
  );
});

const white = [255, 255, 255];
const black = [0, 0, 0];
const palette = ['PLTE', Buffer.from([1, 2, 3, 4, 5, 6])] as const;

test('every depth and kind of colour becomes eight bits a sample', () => {
  const decoded = (
    width: number,
    depth: number,
    colorType: number,
    row: number[],
    chunks: PngChunks = [],
  ) => {
    const { rgb, alpha } = decodePng(
      png(width, 1, { depth, colorType, rows: Buffer.from([0, ...row]), chunks }),
    );
    return [[...rgb], alpha && [...alpha]];
  };
  assert.deepEqual(decoded(2, 1, 0, [0b10000000]), [[...white, ...black], undefined]);
  assert.deepEqual(decoded(2, 2, 0, [0b01110000]), [[85, 85, 85, ...white], undefined]);
  assert.deepEqual(decoded(2, 4, 0, [0x1f]), [[17, 17, 17, ...white], undefined]);
  assert.deepEqual(decoded(1, 16, 2, [1, 9, 2, 9, 3, 9]), [[1, 2, 3], undefined]);
  assert.deepEqual(decoded(1, 8, 4, [7, 8]), [[7, 7, 7], [8]]);
  assert.deepEqual(decoded(2, 1, 3, [0b01000000], [palette]), [[1, 2, 3, 4, 5, 6], undefined]);
  const half = [palette, ['tRNS', Buffer.from([9])]] as const;
  assert.deepEqual(decoded(2, 1, 3, [0b01000000], half), [
    [1, 2, 3, 4, 5, 6],
    [9, 255],
  ]);
  const clear = [['tRNS', Buffer.from([0, 1])]] as const;
  assert.deepEqual(decoded(2, 1, 0, [0b10000000], clear), [
    [...white, ...black],
    [0, 255],
  ]);
});

type PngChunks = readonly (readonly [type: string, data: Buffer])[];
