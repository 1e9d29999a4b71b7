import { embeddedDatabase } from '../../agent/databases/embedded.ts';
import { standBefore, withBlow } from './strike-calls.ts';

// An agent that restores a copy where nobody runs the database: node embedded-restore-child.ts DATA FILE CALL. It prints the numbers of those
// of its calls that changed something.
const [, , dataDir = '', file = '', call = ''] = process.argv;
const nobody = { stop: async () => {}, start: async () => {} };
standBefore();
const made = await withBlow({ strike: 'kill', call: Number(call) }, () =>
  embeddedDatabase('app', { dataDir, owner: nobody, settings: { fsync: 'off' } }).restore(file),
);
process.stdout.write(JSON.stringify(made.flatMap(({ kind }, n) => (kind === 'look' ? [] : [n]))));
