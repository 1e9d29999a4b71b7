import { type Blow, standBefore, withBlow } from './strike-calls.ts';

// An agent that restores a copy where nobody runs the database, and is struck. It is told, and tells, by messages (struck-process.ts).
standBefore();
const { embeddedDatabase } = await import('../../agent/databases/embedded.ts');
const nobody = { stop: async () => {}, start: async () => {} };

process.on('message', ({ what, blow }: { what: { dataDir: string; file: string }; blow?: Blow }) => {
  const place = { dataDir: what.dataDir, owner: nobody, settings: { fsync: 'off' } };
  withBlow(blow, () => embeddedDatabase('app', place).restore(what.file)).then(
    (calls) => process.send?.({ calls: blow === undefined ? calls : [] }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
