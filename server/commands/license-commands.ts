import { type Command, Option } from 'commander';
import type { Process } from './context.ts';

/** Declares `nadi license …`. */
export function addLicenses(program: Command, process: Process): void {
  const licenses = program
    .command('license')
    .summary('Licenses of what the vendor sells: list, show, create, draw keys, suspend, resume, revoke')
    .description(
      'Licenses of what the vendor sells. A license is named by its id, or by the last group of its key.',
    );
  const add = (name: string, summary: string) =>
    licenses
      .command(name)
      .summary(summary)
      .description(`${summary}.`)
      .option('--data <folder>', 'folder that holds all state (default: NADI_DATA_DIR, or ./data)')
      .option('--json', 'print JSON');
  const commands = () => import('./license.ts');
  add('list', 'List licenses, newest first')
    .addOption(
      new Option('--status <status>', 'those alone that stand so').choices([
        'active',
        'grace',
        'suspended',
        'revoked',
        'expired',
      ]),
    )
    .option('--customer <id>', 'those of this customer alone')
    .action(async (options) => (await commands()).listLicenses(process, options));
  add('show <license>', 'Show a license with its installations').action(async (license, options) =>
    (await commands()).showLicenseCommand(process, license, options),
  );
  add('create', 'Give a customer a license by hand, and print its key')
    .requiredOption('--customer <id>', 'whose it is')
    .requiredOption('--package <id>', 'a package of the type license')
    .option('--until <YYYY-MM-DD>', 'first day that is not paid (default: for ever)')
    .action(async (options) => (await commands()).createLicenseCommand(process, options));
  add('key <license>', 'Draw a new key and print it; the one before works no more').action(
    async (license, options) => (await commands()).drawLicenseKey(process, license, options),
  );
  for (const verb of ['suspend', 'revoke'] as const)
    add(
      `${verb} <license>`,
      verb === 'suspend' ? 'Suspend a license until it is resumed' : 'Revoke a license',
    )
      .requiredOption('--reason <text>', 'why; the owner is told')
      .action(async (license, options) => (await commands()).decideLicense(process, verb, license, options));
  add('resume <license>', 'Lift what a person suspended or revoked').action(async (license, options) =>
    (await commands()).decideLicense(process, 'resume', license, options),
  );
}
