import { readOwner } from './owner-lock.ts';
import { PostgresFault } from './postgres-fault.ts';

/** The folder is run by another process, and that was not wanted. */
export class FolderBusyError extends PostgresFault {
  readonly code = 'folder_busy';
}

/** Names who runs the folder. */
export function busy(dataDir: string, addition = ''): FolderBusyError {
  const owner = readOwner(dataDir);
  const since = owner?.since === undefined ? '' : `, since ${owner.since}`;
  const who = owner === undefined ? 'another process' : `process ${owner.pid} (${owner.command}${since})`;
  return new FolderBusyError(
    `The folder ${dataDir} is already run by ${[who, addition].join(' ').trim()}. ` +
      'Stop it first or choose another folder with --data.',
  );
}
