import { type Command, Option } from 'commander';
import { offlineRoles } from '#release-metadata';
import type { Process } from './context.ts';

const data = ['--data <folder>', 'folder that holds all state (default: NADI_DATA_DIR, or ./data)'] as const;

/** The vendor's keys, what is trusted, and signing. */
export function addTrust(program: Command, process: Process): void {
  const keys = program
    .command('keys')
    .summary('Make and change the offline keys that sign releases and directives');
  keys
    .command('create <file>')
    .summary('Make a key in a file, protected by a passphrase')
    .description(
      'Makes an ed25519 key in a file, and its public half in FILE.pub, which is all that the server needs. Its passphrase is asked for, or read from NADI_KEY_PASSPHRASE (or NADI_ROOT_PASSPHRASE, NADI_TARGETS_PASSPHRASE, NADI_DIRECTOR_PASSPHRASE).',
    )
    .addOption(new Option('--role <name>', 'what it signs').choices([...offlineRoles]).makeOptionMandatory())
    .action(async (file, options) => (await import('./key-files.ts')).createKey(process, file, options));
  keys
    .command('show <file>')
    .summary('Tell which key a file holds; no passphrase is needed')
    .option('--json', 'for scripts')
    .action(async (file, options) => (await import('./key-files.ts')).showKey(process, file, options));
  const trust = program.command('trust').summary('What installations believe: set it up, and look at it');
  withKeys(trust.command('init'))
    .summary('Set up the first keys: every installation is shipped with what they sign')
    .action(async (options) => (await import('./trust.ts')).initCommand(process, options));
  trust
    .command('status')
    .summary('Tell whose signatures count, until when, and what waits')
    .option(...data)
    .option('--json', 'for scripts')
    .action(async (options) => (await import('./trust.ts')).statusCommand(process, options));
  for (const group of [keys, trust]) {
    withKeys(group.command('rotate'))
      .summary('Put other keys in place, or the same ones for longer; installations follow by themselves')
      .description(
        'Names the keys of a role anew: all of them, those that stay and those that come. The root is signed by the keys before and the keys after.',
      )
      .option('--online', 'a new key for this server; it takes over a day after it was signed')
      .option(
        '--compromised',
        'as --online, at once, and nothing that this server signed until now is believed; installations come back by their secret',
      )
      .option('--key <files...>', 'sign with these, too, such as the keys that go')
      .action(async (options) => (await import('./trust.ts')).rotateCommand(process, options));
  }
  const release = groupOf(program, 'release', 'Make, sign and publish releases');
  for (const [name, what, summary, description] of [
    [
      'sign [versions...]',
      'metadata',
      'Sign releases, and keys that wait',
      'Signs drafts, and keys that wait. Drafts need not be handed in before: those that are named are, or all that have files.',
    ],
    [
      'sign-queue',
      'everything',
      'Sign all that waits, also what switches installations off or forces updates on them',
      'Signs all that was handed in, also directives: what switches installations off or forces updates on them.',
    ],
  ] as const) {
    release
      .command(name)
      .summary(summary)
      .description(description)
      .option(...data)
      .option('--key <files...>', 'key files to sign with; without one it is told what waits')
      .option('--export <file>', 'write what waits, for a machine without network')
      .option('--file <file>', 'sign what was exported, on that machine')
      .option('--import <file>', 'bring the signatures back')
      .addOption(
        new Option('--language <code>', 'of what is told (default: that of the terminal)').choices([
          'en',
          'id',
        ]),
      )
      .action(async (...given) => {
        const [versions, options] = what === 'metadata' ? given : [[], ...given];
        return (await import('./sign.ts')).signCommand(process, what, versions, options);
      });
  }
}

/** The command of that name, which others may have added before. */
function groupOf(program: Command, name: string, summary: string): Command {
  return (
    program.commands.find((command) => command.name() === name) ?? program.command(name).summary(summary)
  );
}

function withKeys(command: Command): Command {
  return command
    .option(...data)
    .option('--root <files...>', 'keys that sign the root: their files, or their public halves')
    .option('--targets <files...>', 'the same of releases')
    .option('--director <files...>', 'the same of directives')
    .option('--threshold <counts...>', 'how many must sign, like root=2 targets=1 director=1 (default: all)');
}
