import { type Blow, standBefore, withBlow } from './strike-calls.ts';

// An agent that makes a backup or cleans up, and is struck. It is told, and tells, by messages (struck-process.ts).
standBefore();
const { backUpOnce, cleanUpOnce } = await import('./backup-works.ts');

process.on('message', ({ what, blow }: { what: { folder: string; work: string }; blow?: Blow }) => {
  withBlow(blow, () => (what.work === 'create' ? backUpOnce : cleanUpOnce)(what.folder)).then(
    (calls) => process.send?.({ calls: blow === undefined ? calls : [] }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
