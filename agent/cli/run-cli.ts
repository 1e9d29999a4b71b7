import { Command, CommanderError, Option } from 'commander';
import { AgentError, type Said } from '../errors.ts';
import { ofTheMachine } from '../machine-faults.ts';
import { addBackups } from './backup-commands.ts';
import type { AddCommand, Common, Finish, Language, Process, Result } from './context.ts';
import { addDoctor } from './doctor-command.ts';
import { addHeartbeat } from './heartbeat-command.ts';
import { addNotices } from './notices-commands.ts';
import { addOta } from './ota-commands.ts';
import { addSchedule } from './schedule-command.ts';
import { addSupervising } from './supervise-commands.ts';
import { addTuf } from './tuf-commands.ts';
import { addUpdates } from './update-commands.ts';
import { addWatch } from './watch-command.ts';

/** Runs one command; returns the exit code. What a person can do something about is told in a sentence, without a stack. */
export async function runCli(process: Process): Promise<number> {
  let code = 0;
  const { terminal } = process;
  const program = new Command('nadi agent')
    .description('Updates an installation, backs it up, and undoes what went wrong.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showHelpAfterError('Run "./nadi agent --help" to see all commands.')
    .helpCommand(false);
  const add: AddCommand = (name, summary) =>
    program
      .command(name)
      // As `./nadi agent run`, and `./nadi agent:run` alike.
      .aliases(name.startsWith('agent:') ? [name.slice('agent:'.length)] : [])
      .summary(summary)
      .description(`${summary}.`)
      .option('--root <folder>', 'the installation (default: NADI_ROOT, or the current folder)')
      .option('--json', 'answer in JSON')
      .addOption(
        new Option('--language <code>', 'of what is told (default: that of the terminal)').choices([
          'en',
          'id',
        ]),
      );
  const finish: Finish = async (options, work) => {
    code = await tell(process, options, work);
  };
  addOta(add, process, finish);
  addHeartbeat(add, process, finish);
  addUpdates(add, process, finish);
  addSchedule(add, process, finish);
  addBackups(add, process, finish);
  addNotices(add, process, finish);
  addDoctor(add, process, finish);
  addSupervising(add, process, finish);
  addWatch(add, process, finish);
  addTuf(program, process, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...process.args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

async function tell(
  { terminal, env }: Process,
  options: Common,
  work: () => Promise<Result>,
): Promise<number> {
  const language = options.language ?? languageOf(env);
  const inWords = ({ en, id }: Said) => (language === 'id' ? id : en);
  try {
    const { lines, json, code } = await work();
    if (options.json) terminal.print(JSON.stringify(json));
    else for (const line of lines) terminal.print(shownText(inWords(line)));
    return code ?? 0;
  } catch (thrown) {
    const error = thrown instanceof AgentError ? thrown : (ofTheMachine(thrown) ?? thrown);
    const said = error instanceof AgentError ? error.said : unexpected(error);
    const code = error instanceof AgentError ? error.code : 'unexpected';
    if (options.json) terminal.print(JSON.stringify({ error: { code, message: inWords(said) } }));
    else terminal.note(shownText(inWords(said)));
    return error instanceof AgentError ? 1 : 70;
  }
}

/** Without what would move the cursor or change the terminal: some of the words are a server's. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const shownText = (text: string) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\uFFFD');

/** As the terminal's locale says (POSIX: LC_ALL before LC_MESSAGES before LANG). */
function languageOf(env: Process['env']): Language {
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((each) => each !== undefined && each !== '');
  return locale?.startsWith('id') === true ? 'id' : 'en';
}

function unexpected(error: unknown): Said {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    en: `Something unexpected went wrong.\n${detail}`,
    id: `Terjadi kesalahan yang tidak terduga.\n${detail}`,
  };
}
