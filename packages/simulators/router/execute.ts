import type { CommandEffect, Strike } from './faults.ts';
import type { Machine } from './machine.ts';
import type { Running } from './running.ts';
import { type Command, category, Trap } from './sentence.ts';
import { specials } from './specials.ts';
import { countRows, listenTo, type PrintFault, printRows } from './streams.ts';
import type { Table, Verb } from './table.ts';
import { change } from './table-commands.ts';

const verbs: ReadonlySet<string> = new Set<Verb>([
  'add',
  'set',
  'remove',
  'enable',
  'disable',
  'unset',
  'comment',
  'make-static',
]);

const isVerb = (word: string): word is Verb => verbs.has(word);

/** Whether the command changes something; those who may only read may not. */
export const isChange = ({ path }: Command) => isVerb(path.slice(path.lastIndexOf('/') + 1));

/** Does a command and answers it, `!done` and all; a refusal is answered, too. True if it goes on until it is stopped. */
export async function execute(
  machine: Machine,
  command: Command,
  running: Running,
  strikes: readonly Strike<CommandEffect>[],
): Promise<boolean> {
  try {
    return await dispatch(machine, command, running, strikes);
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    running.send(...error.sentences().map((words) => [...words]), ['!done']);
    return false;
  }
}

async function dispatch(
  machine: Machine,
  command: Command,
  running: Running,
  strikes: readonly Strike<CommandEffect>[],
): Promise<boolean> {
  const special = specials.get(command.path);
  if (special !== undefined) {
    if (special(machine, command, running) === 'goes on') return true;
    running.send(['!done']);
    return false;
  }
  const end = command.path.lastIndexOf('/');
  const verb = command.path.slice(end + 1);
  const table = machine.world.find(command.path.slice(0, Math.max(end, 0)));
  if (table === undefined) throw noSuchCommand(machine, command.path);
  if (verb === 'print' || verb === 'getall') return print(machine, table, command, running, strikes);
  if (verb === 'listen') return goOn(machine, table, command, running);
  if (!isVerb(verb)) throw new Trap('no such command', { category: category.missing });
  const answer = change(machine.world, table, verb, command, machine.onRemove);
  machine.stats.writes += 1;
  running.send(['!done', ...Object.entries(answer).map(([name, value]) => `=${name}=${value}`)]);
  return false;
}

function goOn({ world }: Machine, table: Table, command: Command, running: Running): boolean {
  listenTo(table, command, running, world.version);
  return true;
}

async function print(
  machine: Machine,
  table: Table,
  command: Command,
  running: Running,
  strikes: readonly Strike<CommandEffect>[],
): Promise<boolean> {
  const fault: PrintFault = {
    before: strikes.find(({ effect }) => effect.do === 'stale')?.before,
    milliseconds: strikes.map(({ effect }) => effect).find((effect) => effect.do === 'slow print')
      ?.milliseconds,
  };
  const { attributes } = command;
  if (attributes.has('count-only')) {
    running.send(['!done', `=ret=${countRows(table, command, fault)}`]);
    return false;
  }
  // What happens between the print and the listening must not be missed.
  const follows = attributes.has('follow') || attributes.has('follow-only');
  const count = attributes.has('follow-only') ? 0 : await printRows(table, command, running, fault);
  if (running.stopped()) return false;
  if (follows) return goOn(machine, table, command, running);
  if (count === 0 && machine.world.version.tellsEmpty) running.send(['!empty'], ['!done']);
  else running.send(['!done']);
  return false;
}

/** RouterOS 7 says first which word it does not know. */
function noSuchCommand({ world }: Machine, path: string): Trap {
  if (world.version.major === 6) return new Trap('no such command prefix');
  const words = path.split('/');
  const paths = [...world.tables()].map(({ definition }) => `${definition.path}/`);
  const unknown = words.findIndex(
    (_word, place) => !paths.some((known) => known.startsWith(`${words.slice(0, place + 1).join('/')}/`)),
  );
  return new Trap(`no such command or directory (${words[Math.max(unknown, 0)] ?? ''})`, {
    category: category.missing,
    next: 'no such command prefix',
  });
}
