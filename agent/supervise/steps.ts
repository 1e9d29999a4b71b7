import type { Step } from '../transaction/run-transaction.ts';
import type { Program } from './program.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * The steps by which an update, or the way back, changes which program serves: `first` stands before the backup and the files, `last` after
 * the migration, as the proof of health. A compatible release serves before it is committed. Where the code before could not run on
 * what this one makes of the databases, nobody is served from `first` until it is committed or undone: the new one is only
 * proved, so that nothing is written that putting the databases back would lose.
 */
export function servingSteps(
  supervisor: Supervisor,
  {
    from,
    to,
    isCompatible,
  }: { readonly from: Program; readonly to: Program; readonly isCompatible: boolean },
): { readonly first: Step; readonly last: Step } {
  // Undone last, when the files are the old ones again.
  const goBack = () => supervisor.switchTo(from);
  if (isCompatible)
    return {
      first: { name: 'old server', undo: goBack },
      last: { name: 'serve', run: (signal) => supervisor.switchTo(to, signal) },
    };
  return {
    first: {
      name: 'maintenance',
      run: (signal) => supervisor.maintain(signal),
      undo: goBack,
      finish: () => supervisor.switchTo(to),
    },
    last: { name: 'prove', run: (signal) => supervisor.prove(to, signal) },
  };
}
