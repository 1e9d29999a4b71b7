import { sourceOf } from '../sources/source-of.ts';
import { checkForUpdates } from '../update/check.ts';
import { type AddCommand, type Common, type Finish, holding, looking, type Process } from './context.ts';
import { checkedResult, update, userOf } from './update.ts';

/** The commands of spec 1 §11; its heartbeat is in heartbeat-command.ts. */
export function addOta(add: AddCommand, process: Process, finish: Finish): void {
  add('ota:check', 'Ask whether there is an update').action((options: Common) =>
    finish(options, () =>
      looking(process, options, async (opened) =>
        checkedResult(await checkForUpdates({ ...opened, source: sourceOf(opened) })),
      ),
    ),
  );
  add('ota:update', 'Fetch the update that is there and apply it')
    .option('--force', 'do not ask; also one that failed here before')
    .action((options: Common & { readonly force?: boolean }) => {
      const isForced = options.force === true;
      const wish = { by: userOf(process), isConfirmed: isForced, isForced };
      return finish(options, () => holding(process, options, (opened) => update(process, opened, wish)));
    });
}
