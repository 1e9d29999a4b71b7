import { strikeAt } from './strike-calls.ts';

// An agent that makes a backup, cleans up or restores, and is struck at the call that it was told: node backup-child.ts FOLDER CALL STRIKE WORK
const [, , folder = '', call = '', strike = '', work = ''] = process.argv;
const striking = strikeAt(Number(call), strike);
const { backUpOnce, cleanUpOnce, restoreOnce } = await import('./backup-works.ts');
striking.open();
if (work === 'create') await backUpOnce(folder);
else if (work === 'cleanup') await cleanUpOnce(folder);
else await restoreOnce(folder);
process.stdout.write(String(striking.calls()));
