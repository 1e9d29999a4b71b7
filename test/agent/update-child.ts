import { type Blow, standBefore, withBlow } from './strike-calls.ts';
import type { Scenario, World } from './update-world.ts';

// An agent that recovers, does what it is told, and is struck. It is told, and tells, by messages (struck-process.ts).
standBefore();
const { act } = await import('./update-world.ts');

process.on('message', ({ what, blow }: { what: { world: World; scenario: Scenario }; blow?: Blow }) => {
  withBlow(blow, () => act(what.world, what.scenario)).then(
    (calls) => process.send?.({ calls: blow === undefined ? calls : [] }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
