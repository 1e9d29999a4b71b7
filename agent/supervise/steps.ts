import type { Step } from '../transaction/run-transaction.ts';
import type { ServedTree, Serving } from './serving.ts';

/** Which tree serves before and after, as it stands in the journal. */
export interface Change {
  readonly from: ServedTree;
  readonly to: ServedTree;
}

/**
 * The steps by which an update, or the way back, changes which tree serves: `first` stands before the backup and the files, `last` after
 * the migration, as the proof of health. Where nothing has to be `closed` the new one serves before it is committed. Else
 * nobody is served from `first` until it is committed or undone: the new one is only proved, so that nothing is written that putting the
 * databases back would lose.
 */
export function servingSteps(
  serving: Serving,
  { from, to }: Change,
  isClosed: boolean,
): { readonly first: Step; readonly last: Step } {
  // Undone when the files are the old ones again, and before the new ones are gone, which must not be below a server that finishes.
  const goBack = async () => {
    await serving.switchTo(from);
    await serving.drained();
  };
  if (!isClosed)
    return {
      first: { name: 'old server', run: (signal) => serving.switchTo(from, signal), undo: goBack },
      last: { name: 'serve', run: (signal) => serving.switchTo(to, signal) },
    };
  return {
    first: {
      name: 'maintenance',
      run: (signal) => serving.maintain(signal),
      undo: goBack,
      finish: () => serving.switchTo(to),
    },
    last: { name: 'prove', run: (signal) => serving.prove(to, signal) },
  };
}
