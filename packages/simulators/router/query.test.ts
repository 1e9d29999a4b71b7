import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileQuery } from './query.ts';

const row: Readonly<Record<string, string>> = {
  name: 'budi',
  disabled: 'true',
  bytes: '900',
  uptime: '1h2m',
  comment: '',
};

const asks = (...words: string[]) => compileQuery(words)((name) => row[name]);

test('one word asks for a value, for having one, for having none, and for more or less', () => {
  assert.ok(asks());
  assert.ok(asks('name=budi'));
  assert.ok(asks('=name=budi'));
  assert.ok(!asks('name=ani'));
  assert.ok(asks('name'));
  assert.ok(asks('comment'));
  assert.ok(!asks('profile'));
  assert.ok(asks('-profile'));
  assert.ok(!asks('-name'));
  assert.ok(asks('disabled=yes'));
  assert.ok(asks('>bytes=80'), 'numbers are compared as numbers');
  assert.ok(asks('<bytes=1000'));
  assert.ok(!asks('>bytes=900'));
  assert.ok(asks('>uptime=61m'), 'times are compared as times');
  assert.ok(!asks('>comment='), 'the usual way to ask for what has a comment');
  assert.ok(asks('>name='));
});

test('operations work on the stack', () => {
  assert.ok(!asks('name=budi', 'bytes=1'), 'what is left must all be true');
  assert.ok(asks('name=ani', 'name=budi', '#|'));
  assert.ok(!asks('name=ani', 'name=budi', '#&'));
  assert.ok(asks('name=ani', '#!'));
  assert.ok(asks('name=ani', 'name=tono', '#|!'));
  assert.ok(!asks('name=budi', '#!'));
  assert.ok(asks('name=budi', 'name=ani', '#1'), 'a number at the end keeps that value alone');
  assert.ok(!asks('name=budi', 'name=ani', '#0'));
  assert.ok(asks('name=budi', '#.&'));
  assert.ok(asks('name=ani', 'name=budi', '#1!&&!'));
  assert.throws(() => asks('#&'), /invalid query/);
  assert.throws(() => compileQuery(['#x']), /invalid query/);
});

type Tree =
  | { readonly is: boolean }
  | { readonly op: '&' | '|'; readonly left: Tree; readonly right: Tree }
  | { readonly not: Tree };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.record({ is: fc.boolean() }),
    fc.record({ not: tie('tree') }),
    fc.record({ op: fc.constantFrom('&' as const, '|' as const), left: tie('tree'), right: tie('tree') }),
  ),
}));

const words = (node: Tree): string[] =>
  'is' in node
    ? [node.is ? 'name=budi' : 'name=ani']
    : 'not' in node
      ? [...words(node.not), '#!']
      : [...words(node.left), ...words(node.right), `#${node.op}`];

const truth = (node: Tree): boolean =>
  'is' in node
    ? node.is
    : 'not' in node
      ? !truth(node.not)
      : node.op === '&'
        ? truth(node.left) && truth(node.right)
        : truth(node.left) || truth(node.right);

test('any formula, written for the stack, comes out as it is', () => {
  fc.assert(fc.property(tree, (node) => assert.equal(asks(...words(node)), truth(node))));
});
