import { Command, CommanderError, Option } from 'commander';
import { AppError, UserError } from '#kit/errors.ts';
import { type Process, versionOf } from './context.ts';
import { addLicenses } from './license-commands.ts';
import { addReleases } from './release-cli.ts';
import { addTrust } from './trust-cli.ts';

/** Runs one command; returns the exit code. Faults of the operator are told in a sentence, without a stack. */
export async function runCli(process: Process): Promise<number> {
  const program = buildProgram(process);
  try {
    await program.parseAsync([...process.args], { from: 'user' });
    return exitCodes.get(process) ?? 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof UserError || error instanceof AppError) {
      process.terminal.note(`nadi: ${error.message}`);
      for (const [field, texts] of Object.entries(
        error instanceof AppError ? (error.detail.fields ?? {}) : {},
      )) {
        const text = texts.map((item) => (typeof item === 'string' ? item : item.en)).join(' ');
        process.terminal.note(`  ${field}: ${text}`);
      }
      return 1;
    }
    process.terminal.note(`nadi: something unexpected went wrong.\n${describe(error)}`);
    return 70;
  }
}

/** Exit codes of commands that end well but found something, such as a failed check. */
const exitCodes = new WeakMap<Process, number>();

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function buildProgram(process: Process): Command {
  const { terminal } = process;
  const program = new Command('nadi')
    .description('Runs an internet provider, or the software house that licenses and updates providers.')
    .version(versionOf(process.repository), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showHelpAfterError('Run "./nadi --help" to see all commands, or "./nadi COMMAND --help" for one.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Start here:
  ./nadi demo      a provider with 500 subscribers and a year of history and its vendor, to look around in
  ./nadi up        your own; then ./nadi seed in another terminal
  ./nadi test      prove that this copy works on this machine
  ./nadi agent     updates: ./nadi agent --help lists its commands

Configuration is read from the environment and from the file .env; the README lists the names.`,
    );
  const add = (name: string, summary: string) => {
    const command = program.command(name).summary(summary).description(`${summary}.`);
    return command.option(
      '--data <folder>',
      'folder that holds all state (default: NADI_DATA_DIR, or ./data)',
    );
  };
  const finish = (code: number) => {
    exitCodes.set(process, code);
  };

  const editionOption = (what: string) =>
    new Option('--edition <name>', what).choices(['provider', 'vendor']).default('provider');
  add('up', 'Run the server until it is stopped')
    .addOption(editionOption('what to run'))
    .option(
      '--role <names>',
      'what this process does: api, worker, poller, separated by commas',
      'api,worker,poller',
    )
    .option('--port <number>', 'port to listen on (default: PORT, or 8080)')
    .action(async (options) => finish(await (await import('./up.ts')).up(process, options)));
  add('demo', 'Make a provider with 500 subscribers and a year of history, and its vendor, and run both')
    .option('--port <number>', 'port of the provider (default: PORT, or 8080); the vendor has the next')
    .option('--ready-file <file>', 'write where to sign in, as JSON, once everything answers')
    .option('--agent', 'have the provider run by its agent, so that you can update it from the vendor')
    .action(async (options) => finish(await (await import('./demo.ts')).demo(process, options)));
  add('migrate', 'Bring the database to this version').action(async (options) =>
    (await import('./migrate.ts')).migrateCommand(process, options),
  );
  add('migrate:status', 'List the migrations and when each was applied').action(async (options) =>
    (await import('./migrate.ts')).migrateStatus(process, options),
  );
  add('seed', 'Add the first administrator, packages and router; safe to run again')
    .addOption(editionOption('whose; a vendor gets its administrator alone'))
    .option('--email <address>', 'e-mail of the administrator', 'admin@ispbilling.com')
    .option('--password <text>', 'password of the administrator (default: one is made and printed)')
    .action(async (options) => (await import('./seed.ts')).seedCommand(process, options));
  add('subscriptions:process', 'Run billing now: mark overdue, suspend, renew, expire')
    .option('--date <YYYY-MM-DD>', 'bill to this local date instead of today')
    .option('--subscription <id>', 'bill this subscription alone')
    .option('--dry-run', 'tell what would be done and why, and do nothing')
    .action(async (options) =>
      (await import('./process-subscriptions.ts')).processSubscriptions(process, options),
    );
  addImports(program, process, finish);
  addLicenses(program, process);
  addReleases(program, process);
  addTrust(program, process);
  add('read-only <state>', 'Refuse all writes ("on"), allow them again ("off"), or tell ("status")')
    .option('--reason <text>', 'what people are told while it is on')
    .action(async (state, options) =>
      (await import('./read-only.ts')).readOnlyCommand(process, state, options),
    );
  add('radius:config', 'Write a configuration for FreeRADIUS that reads this installation')
    .requiredOption('--out <folder>', 'where to write it')
    .option(
      '--port <number>',
      'of access requests; accounting is the next (default: that of the RADIUS settings, or 1812)',
    )
    .option('--interim <seconds>', 'how often routers tell what a session has used', '300')
    .addOption(
      new Option(
        '--message-authenticator <rule>',
        'whether requests must have one; RouterOS before 7.15 sends none: "optional"',
      )
        .choices(['required', 'optional'])
        .default('required'),
    )
    .option('--test-from <addresses>', 'from where Nadi tests it, separated by commas', '127.0.0.1')
    .action(async (options) => (await import('./radius-config.ts')).radiusConfig(process, options));
  add('isolir:rules', 'Print the firewall rules that lead isolated customers to the notice page')
    .option(
      '--server <address>',
      'the IPv4 address at which routers reach this server (default: that of APP_URL)',
    )
    .option('--port <number>', 'the port of the page (default: ISOLIR_PORT, or else PORT)')
    .action(async (options) => (await import('./isolir-rules.ts')).isolirRulesCommand(process, options));
  add('reset-password <email>', 'Print a link with which a user sets a new password').action(
    async (email, options) => (await import('./reset-password.ts')).resetPassword(process, email, options),
  );
  program
    .command('openapi')
    .summary('Write the API description, packages/contract/openapi.json')
    .option('--stdout', 'print it instead')
    .action(async (options) => (await import('./openapi.ts')).openapiCommand(process, options));
  program
    .command('generate')
    .summary('Write the generated files: the API description and the database types')
    .action(async () => (await import('./generate.ts')).generateCommand(process));
  program
    .command('bundle-agent <file>')
    .summary('Write the update agent as one file, for servers of other applications')
    .action(async (file) => (await import('./bundle-agent.ts')).bundleAgent(process, file));
  program
    .command('bench [name]')
    .summary('Measure: billing, api, reports, radius, patches or start; without a name, all')
    .option('--rows <number>', 'work on this many subscriptions or customers instead of a million')
    .action(async (name, options) =>
      finish(await (await import('./bench.ts')).benchCommand(process, name, options)),
    );
  program
    .command('check')
    .summary('Check the code: types, style, structure, generated files')
    .action(async () => finish(await (await import('./check.ts')).checkCommand(process)));
  program
    .command('test [files...]')
    .summary('Check the code and run all tests on a real PostgreSQL')
    .option('--full', 'strike updates at every single call, not at a sample')
    .action(async (files, { full }) =>
      finish(await (await import('./test.ts')).testCommand(process, files, full === true)),
    );
  return program;
}

function addImports(program: Command, process: Process, finish: (code: number) => void): void {
  const importing = program
    .command('import')
    .summary('Bring in data from files and from other billing software')
    .description(
      'Bring in data: customers first, then their invoices, then payments; or all of it from PHPNuxBill; or from a router. The guide tells the columns.',
    );
  const add = (name: string, summary: string, description: string) =>
    importing
      .command(name)
      .summary(summary)
      .description(description)
      .option('--data <folder>', 'folder that holds all state (default: NADI_DATA_DIR, or ./data)')
      .option('--dry-run', 'check everything and tell what would be added, and add nothing')
      .addOption(
        new Option('--language <code>', 'of what is told (default: that of the terminal)').choices([
          'en',
          'id',
        ]),
      );
  const always =
    'A faulty line is named with what is wrong, and then nothing is imported. Lines imported before are passed over, so a file can be run again.';
  add(
    'customers <file>',
    'Customers with their subscriptions, from a CSV file: all of it or nothing',
    `Adds customers and their subscriptions from a CSV file. ${always} See docs/import-customers-sample.csv for a file to start from.`,
  ).action(async (file, options) =>
    finish(await (await import('./import-customers.ts')).importCustomersCommand(process, file, options)),
  );
  add(
    'invoices <file>',
    'Invoices from before, from a CSV file: all of it or nothing',
    `Adds invoices from before, each booked on its own date. They extend and suspend nothing. ${always} See docs/import-invoices-sample.csv for a file to start from.`,
  )
    .option('--payments-follow', 'leave paid invoices open: "import payments" brings what paid them')
    .action(async (file, options) =>
      finish(await (await import('./import-invoices.ts')).importInvoicesCommand(process, file, options)),
    );
  add(
    'payments <file>',
    'Payments of imported invoices, from a CSV file: all of it or nothing',
    `Adds payments from before, each booked on its own date. ${always} See docs/import-payments-sample.csv for a file to start from.`,
  ).action(async (file, options) =>
    finish(await (await import('./import-payments.ts')).importPaymentsCommand(process, file, options)),
  );
  add(
    'phpnuxbill',
    'A provider from a PHPNuxBill database: all of it or nothing',
    'Brings packages, customers, subscriptions with their router accounts, transactions as paid invoices, and balances from a PHPNuxBill database (MySQL or MariaDB), which is only read. A row that cannot be brought is named with what is wrong, and then nothing is imported. Rows brought before are passed over, so it can be run again.',
  )
    .option(
      '--database <address>',
      'mysql://user:password@host/database (better: in the environment, as PHPNUXBILL_DATABASE)',
    )
    .option('--rename-users', 'where a username is taken, take the free one that is proposed')
    .option('--transactions-from <YYYY-MM-DD>', 'leave transactions before this date out')
    .option('--as <name>', 'the name it was imported by before, where its address has changed')
    .action(async (options) =>
      finish(await (await import('./import-phpnuxbill.ts')).importPhpnuxbillCommand(process, options)),
    );
  add(
    'router',
    'Customers and subscriptions from what a router holds already',
    'Brings PPPoE and hotspot users and the queues of single addresses from a router that was added to Nadi. Nobody goes offline, and no speed changes: users keep their profile, and the router only gets marks. What cannot come is named with what to do. What came before is passed over, so it can be run again.',
  )
    .option('--router <name>', 'name or id of the router')
    .option('--end-date <YYYY-MM-DD>', 'first day that is not paid (default: the first of next month)')
    .option('--package <profile=package...>', 'which package a profile is, where its speed does not tell')
    .action(async (options) =>
      finish(await (await import('./import-router.ts')).importRouterCommand(process, options)),
    );
}
