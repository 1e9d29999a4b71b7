import { embeddedDatabase } from '../../agent/databases/embedded.ts';
import { strikeAt } from './strike-calls.ts';

// An agent that restores a copy where nobody runs the database: node embedded-restore-child.ts DATA FILE CALL. It prints how many calls it made.
const [, , dataDir = '', file = '', call = ''] = process.argv;
const nobody = { stop: async () => {}, start: async () => {} };
const calls = strikeAt(Number(call), 'kill');
calls.open();
await embeddedDatabase('app', { dataDir, owner: nobody, settings: { fsync: 'off' } }).restore(file);
process.stdout.write(String(calls.calls()));
