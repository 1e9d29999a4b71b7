import { backUpWhatIsDue, isBackupDue } from '../backups/backups-due.ts';
import { AgentError, type Said } from '../errors.ts';
import { sourceOf } from '../sources/source-of.ts';
import { checkForUpdates, isCheckDue } from '../update/check.ts';
import { chooseUpdate, chosenUpdate, forgetChosen } from '../update/chosen.ts';
import { type Due, dueUpdate, tellMissed } from '../update/due.ts';
import { currentVersion } from '../update/version-file.ts';
import { agentOf, type Common, holding, looking, type Opened, type Process, type Result } from './context.ts';
import { checkedResult, update } from './update.ts';

/**
 * All that a timetable does, as often as it is called: asks for updates as often as AUTO_CHECK_UPDATES and UPDATE_CHECK_INTERVAL say,
 * applies what may begin now, and makes and proves the backups that are due. The parts do not wait for each other's success.
 */
export async function scheduled(process: Process, options: Common): Promise<Result> {
  const parts: Result[] = [];
  const faults: AgentError[] = [];
  for (const part of [check, apply, backUp])
    try {
      parts.push(await part(process, options));
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      // Whoever is at work is done by the next time.
      if (error.code !== 'busy') faults.push(error);
    }
  const [fault, ...others] = faults;
  if (fault !== undefined && others.length === 0 && parts.every(({ lines }) => lines.length === 0))
    throw fault;
  return {
    lines: [...parts.flatMap(({ lines }) => lines), ...faults.map(({ said }) => said)],
    json: Object.assign({}, ...parts.map(({ json }) => json)),
    code: fault === undefined ? Math.max(0, ...parts.map(({ code = 0 }) => code)) : 1,
  };
}

function check(process: Process, options: Common): Promise<Result> {
  return looking(process, options, async (opened) => {
    const { autoCheck, checkHours } = opened.config;
    if (!autoCheck || !isCheckDue(opened.db, opened.clock, checkHours))
      return { lines: [], json: { status: 'not_due' } };
    return checkedResult(await checkForUpdates({ ...opened, source: sourceOf(opened) }));
  });
}

const nothing: Result = { lines: [], json: {} };

async function apply(process: Process, options: Common): Promise<Result> {
  if ((await looking(process, options, dueUpdate)) === undefined) return nothing;
  return holding(process, options, async (opened) => {
    // Judged again: somebody else may have been at it meanwhile.
    const due = dueUpdate(opened);
    if (due === undefined) return nothing;
    const { lines, json } = await applyDue(process, opened, due);
    return { lines, json: { update: json } };
  });
}

/** What was chosen is over once it is applied, undone, or no longer what is offered; anything else is tried again for an hour. */
async function applyDue(process: Process, opened: Opened, { version, by }: Due): Promise<Result> {
  const chosen = chosenUpdate(opened.db);
  try {
    const result = await update(process, opened, { by, isConfirmed: true, only: version });
    if (chosen === undefined) return result;
    if (currentVersion(opened.config.installation) === version) forgetChosen(opened.db);
    else tellMissed(opened, chosen, 'It is not what is offered now: choose a moment for that.');
    return result;
  } catch (error) {
    if (!(error instanceof AgentError) || chosen === undefined) throw error;
    // That it failed was told with its end.
    if (error.code === 'update_failed') forgetChosen(opened.db);
    else chooseUpdate(opened.db, opened.clock, { ...chosen, fault: firstLine(error.said) });
    throw error;
  }
}

const firstLine = ({ en }: Said): string => en.split('\n')[0] ?? '';

async function backUp(process: Process, options: Common): Promise<Result> {
  const isDue = await looking(process, options, (opened) => isBackupDue(opened, opened.config.backupTimes));
  if (!isDue) return nothing;
  return holding(process, options, async (opened) => {
    const { backupTimes } = opened.config;
    if (!isBackupDue(opened, backupTimes)) return nothing;
    return { lines: await backUpWhatIsDue(agentOf(opened), backupTimes, opened.signal), json: {} };
  });
}
