import { type Command, Option } from 'commander';
import type { Process } from './context.ts';

/** Declares `nadi release …`. */
export function addReleases(program: Command, process: Process): void {
  const release = program
    .command('release')
    .summary('Make, offer, hold and take back releases of the vendor’s application')
    .description(
      'Make, offer, hold and take back releases: create, submit to the offline keys, publish. A version is never used twice.',
    );
  const add = (name: string, summary: string) =>
    release
      .command(name)
      .summary(summary)
      .description(`${summary}.`)
      .option('--data <folder>', 'folder that holds all state (default: NADI_DATA_DIR, or ./data)')
      .option('--json', 'answer as JSON, for scripts')
      .addOption(
        new Option('--language <code>', 'of what is told (default: that of the terminal)').choices([
          'en',
          'id',
        ]),
      );
  const commands = () => import('./release.ts');
  add(
    'create <version> <source>',
    'Make a draft of a folder or a .zip, .tar, .tar.gz or .tar.zst; run again, it takes its place',
  )
    .addOption(
      new Option('--channel <name>', 'who is offered it')
        .choices(['stable', 'beta', 'alpha'])
        .default('stable'),
    )
    .option('--min-version <version>', 'who is below it takes another release first')
    .option('--floor', 'nobody may stay below this release')
    .option('--changelog <text>', 'what people are told of it', '')
    .option('--has-migrations', 'it changes the database')
    .option('--incompatible', 'the version before cannot run on its database')
    .option('--force', 'clients are to update at once')
    .option(
      '--component <name=path,path...>',
      'paths that may be taken alone; may be given several times',
      more,
      [],
    )
    .action(async (version, source, options) =>
      (await commands()).createCommand(process, version, source, options),
    );
  add('list', 'List the releases, newest first').action(async (options) =>
    (await commands()).listCommand(process, options),
  );
  add('show <version>', 'Show a release').action(async (version, options) =>
    (await commands()).showCommand(process, version, options),
  );
  for (const [name, summary] of [
    ['submit', 'Hand a draft to the offline keys'],
    ['publish', 'Offer a signed release'],
    ['unhold', 'Offer a held release again'],
    ['delete', 'Delete a draft'],
  ] as const)
    add(`${name} <version>`, summary).action(async (version, options) =>
      (await commands()).moveCommand(process, name, version, options),
    );
  for (const [name, summary] of [
    ['hold', 'Offer a release to nobody for now'],
    ['yank', 'Never offer a release again'],
  ] as const)
    add(`${name} <version>`, summary)
      .requiredOption('--reason <text>', 'why; it is kept with the release')
      .action(async (version, options) => (await commands()).moveCommand(process, name, version, options));
  add(
    'export <folder>',
    'Write the signed metadata and manifests as plain files, for a web server or CDN',
  ).action(async (folder, options) => (await commands()).exportCommand(process, folder, options));
}

const more = (value: string, before: readonly string[]) => [...before, value];
