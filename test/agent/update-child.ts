import { type Blow, standBefore, withBlow } from './strike-calls.ts';
import type { Scenario, World } from './update-world.ts';

// An agent that recovers, does what it is told, if anything, and is struck. It is told, and tells, by messages (struck-process.ts).
standBefore();
const { act, recoverOnly } = await import('./update-world.ts');

interface Told {
  readonly what: { readonly world: World; readonly scenario?: Scenario };
  readonly blow?: Blow;
}

process.on('message', ({ what: { world, scenario }, blow }: Told) => {
  withBlow(blow, () => (scenario === undefined ? recoverOnly(world) : act(world, scenario))).then(
    (calls) => process.send?.({ calls: blow === undefined ? calls : [] }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
