import type { DatabaseSync } from 'node:sqlite';
import { type Clock, instantText } from '../clock.ts';
import { notify } from '../notices/notify.ts';
import type { Step, Telling } from '../transaction/run-transaction.ts';

/** Where the steps of an update begin and end, out of a hundred (spec 2: 10 after the download, 90 after applying). */
const shares = { from: 10, to: 90 };

/** What a transaction leads to, and from where. */
export interface Way {
  readonly version: string;
  readonly previous: string;
  /** Only these of the version. */
  readonly components?: readonly string[] | undefined;
}

/** Writes into `system_updates` how far its transaction is, and tells people how it ended, also where another process ends it. */
export function tellingOfUpdate(
  db: DatabaseSync,
  clock: Clock,
  updateId: number | null,
  steps: readonly Step[],
  { version, previous, components }: Way,
): Telling {
  const at = () => instantText(clock.now());
  const note = (step: string, state: 'running' | 'done' | 'undone') => {
    const share = steps.findIndex(({ name }) => name === step) + (state === 'done' ? 1 : 0);
    const progress = Math.floor(shares.from + ((shares.to - shares.from) * share) / steps.length);
    db.prepare(
      `update system_updates set updated_at = ?2, progress_percentage = case ?4 when 'undone' then progress_percentage else ?5 end,
         update_steps = case when exists (select 1 from json_each(update_steps) where value ->> 'name' = ?3)
           then (select json_group_array(json(case when value ->> 'name' = ?3
             then json_set(value, '$.state', ?4, '$.' || case ?4 when 'running' then 'started_at' else 'ended_at' end, ?2) else value end))
             from json_each(update_steps))
           else json_insert(update_steps, '$[#]', json_object('name', ?3, 'state', ?4, 'started_at', ?2)) end
       where id = ?1`,
    ).run(updateId, at(), step, state, progress);
  };
  const set = setting(db, clock, updateId);
  return {
    begun: (step) => note(step, 'running'),
    done: (step) => note(step, 'done'),
    undone: (step) => note(step, 'undone'),
    committed: () => set(`status = 'completed', completed_at = ?2, progress_percentage = 100`),
    undoing: (reason) => set(`failed_at = ?2, error_message = ?3`, reason),
    troubled: (step, reason) => noteTrouble(db, clock, version, `${step}: ${reason}`),
    ended(outcome) {
      if (outcome.is === 'done')
        notify(db, clock, {
          version,
          type: 'update_completed',
          message:
            components === undefined
              ? `Diperbarui ke versi ${version}. / Updated to version ${version}.`
              : `Dipasang dari versi ${version}: ${components.join(', ')}. / Installed of version ${version}: ${components.join(', ')}.`,
        });
      else {
        set(`status = 'rolled_back'`);
        notify(db, clock, {
          version,
          type: 'update_failed',
          message: `Pembaruan ke ${version} gagal; ${previous} dipulihkan. / The update to ${version} failed; ${previous} was put back. ${outcome.reason}`,
        });
      }
    },
  };
}

/** Nothing of a restore is written into a row of its own; how it ended and what is troublesome is told. */
export function tellingOfRestore(
  db: DatabaseSync,
  clock: Clock,
  _updateId: number | null,
  _steps: readonly Step[],
  { version }: Way,
): Telling {
  const nothing = () => {};
  return {
    begun: nothing,
    done: nothing,
    undone: nothing,
    ended: (outcome) =>
      notify(db, clock, {
        version,
        type: 'restored',
        message:
          outcome.is === 'done'
            ? `Cadangan versi ${version} dipulihkan. / A backup of version ${version} was restored.`
            : `Pemulihan cadangan versi ${version} gagal; tidak ada yang berubah. / Restoring a backup of version ${version} failed; nothing was changed. ${outcome.reason}`,
      }),
    committed: nothing,
    undoing: nothing,
    troubled: (step, reason) => noteTrouble(db, clock, version, `${step}: ${reason}`),
  };
}

/** Writes into the row of the update that is gone back from. Where going back failed it stays completed, with the reason. */
export function tellingOfRollback(
  db: DatabaseSync,
  clock: Clock,
  updateId: number | null,
  _steps: readonly Step[],
  way: Way,
): Telling {
  const set = setting(db, clock, updateId);
  const { version, previous } = way;
  return {
    ...tellingOfRestore(db, clock, updateId, [], way),
    ended: (outcome) =>
      notify(db, clock, {
        version,
        type: 'update_rolled_back',
        message:
          outcome.is === 'done'
            ? `Dikembalikan dari ${previous} ke ${version}. / Went back from ${previous} to ${version}.`
            : `Gagal kembali ke ${version}; ${previous} tetap dipakai. / Going back to ${version} failed; ${previous} stays. ${outcome.reason}`,
      }),
    committed: () => set(`status = 'rolled_back', error_message = null`),
    undoing: (reason) => set('error_message = ?3', reason),
  };
}

function setting(db: DatabaseSync, clock: Clock, updateId: number | null) {
  return (values: string, ...more: (string | null)[]) =>
    db
      .prepare(`update system_updates set ${values}, updated_at = ?2 where id = ?1`)
      .run(updateId, instantText(clock.now()), ...more);
}

/** Once as long as nobody has read it, however often it is tried again. */
const noteTrouble = (db: DatabaseSync, clock: Clock, version: string, message: string): void =>
  notify(db, clock, { version, type: 'trouble', message, once: 'until-read' });
