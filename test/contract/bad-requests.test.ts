import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { allEndpoints, type NamedEndpoint } from '#contract';
import { contractApp } from './contract-app.ts';
import { databaseDigest } from './digest.ts';
import { type Example, takesBytes } from './prepare.ts';
import { type Attempt, attemptOf, urlOf } from './send.ts';
import { sharingWorlds } from './shared-world.ts';
import { sweep } from './sweep.ts';
import type { World } from './world.ts';

const nadi = await contractApp();
after(() => nadi[Symbol.asyncDispose]());
const digest = await databaseDigest(nadi.kit.pool);
const prepared = await sharingWorlds(nadi);
const tenMegabytes = JSON.stringify({ name: 'x'.repeat(10 * 1024 * 1024) });

for (const endpoint of allEndpoints) {
  const { name, spec } = endpoint;
  test(`${name}: ${spec.method} ${spec.path} takes broken requests without harm`, async () => {
    const { world, first: example } = await prepared(endpoint);
    await sweep(nadi, digest, [
      ...pathAttempts(endpoint, example, world),
      ...bodyAttempts(endpoint, example),
    ]);
  });
}

function bodyAttempts(endpoint: NamedEndpoint, example: Example): Attempt[] {
  // What takes any body has tests of its own: test/gateways/bad-notifications.test.ts.
  if (endpoint.spec.method === 'GET' || takesBytes(endpoint.spec)) return [];
  const base = attemptOf(endpoint, example);
  const good = base.payload ?? '{}';
  const one = (what: string, payload: string | Buffer, refused = true, headers = {}): Attempt => ({
    ...base,
    what: `${endpoint.name}, ${what}`,
    payload,
    headers,
    refused,
  });
  const broken = [
    '{',
    '{"name":',
    'nope',
    "{'a':1}",
    `${good}}`,
    'NaN',
    'undefined',
    '{"a":1,}',
    '\0',
    '[',
    '"',
    '//x\n{}',
  ];
  const others = ['[]', '[1]', '7', '-0', '"text"', 'true', '[{}]', '[null]', `[${good}]`];
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/xml',
    'json',
    '*/*',
    ',',
  ];
  return [
    ...broken.map((text) => one(`broken ${text.slice(0, 20)}`, text)),
    ...others.map((text) => one(`as ${text.slice(0, 20)}`, text)),
    ...types.map((type) => one(`content type ${type}`, good, true, { 'content-type': type })),
    one('10 MB', tenMegabytes),
    one('just over 1 MB', `{"name":"${'x'.repeat(1024 * 1024)}"}`),
    one('unclosed arrays', '['.repeat(100_000)),
    one('closed arrays', '['.repeat(100_000) + ']'.repeat(100_000)),
    one('prototype', `{"__proto__":{"isAdmin":true},${good.slice(1)}`.replace(',}', '}')),
    one(
      'constructor',
      `{"constructor":{"prototype":{"isAdmin":true}},${good.slice(1)}`.replace(',}', '}'),
      endpoint.spec.wire === undefined,
    ),
    one(
      'many fields',
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`f${n}`, n]))),
    ),
    one('gzip that is none', good, true, { 'content-encoding': 'gzip' }),
    one('gzip', gzipSync(good), true, { 'content-encoding': 'gzip' }),
    one('gzip, not said', gzipSync(good)),
    one('brotli that is none', good, true, { 'content-encoding': 'br' }),
    one('UTF-16', Buffer.from(String(good), 'utf16le')),
    one('bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
    one('null', 'null', false),
    one('empty', '', false),
    one('byte order mark', `\ufeff${good}`, false),
    one('duplicate keys', good === '{}' ? '{}' : `${good.slice(0, -1)},${good.slice(1)}`, false),
    one('charset', good, false, { 'content-type': 'application/json; charset=utf-16' }),
    one('another content length', good, false, { 'content-length': '1' }),
  ];
}

function pathAttempts({ name, spec }: NamedEndpoint, example: Example, world: World): Attempt[] {
  const params = Object.keys(example.params);
  const base: Attempt = { ...attemptOf({ name, spec }, example), refused: true };
  const other = Object.entries(world.ids).filter(([, id]) => !Object.values(example.params).includes(id));
  const values = [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'not-a-uuid',
    '0',
    '-1',
    '1e3',
    '0x1',
    '1.0',
    '9007199254740993',
    '99999999999999999999999',
    'x'.repeat(199),
    'x'.repeat(5000),
    '..%2f',
    '..%2f..%2fusers',
    '..%5c',
    '%00',
    '%zz',
    '%ff',
    '%',
    '%ed%a0%80',
    '%2e%2e',
    '%20',
    'null',
    'undefined',
    '[object Object]'.replaceAll(' ', '%20'),
    encodeURIComponent("'; drop table users; --"),
    encodeURIComponent("' or 1=1 --"),
    '{}',
    '*',
    ...other.map(([, id]) => id),
  ];
  return params.flatMap((param) =>
    // Below another thing the client itself makes the address of that thing out of two dots.
    values
      .filter((value) => value !== '%2e%2e' || params.length === 1)
      .map((value) => ({
        ...base,
        what: `${name} :${param} ${value.slice(0, 40)}`,
        url: urlOf(spec.path, { ...example.params, [param]: value }, ''),
      })),
  );
}
