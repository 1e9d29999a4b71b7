import { isIPv4 } from 'node:net';
import { UserError } from '#kit/errors.ts';
import { isolirRules, isPrivate, type Rule, ruleMark } from '../modules/notice/index.ts';
import { readOrganisation } from '../modules/organisation/index.ts';
import { configOf, type DataOption, type Process, withKit } from './context.ts';

interface Options extends DataOption {
  readonly server?: string;
  readonly port?: string;
}

/** Prints what an operator pastes into a router's terminal, so that isolated customers see the notice page. */
export async function isolirRulesCommand(process: Process, options: Options): Promise<void> {
  const { terminal } = process;
  const {
    appUrl,
    isolirPort,
    port: mainPort,
  } = configOf(process, { ...(options.data === undefined ? {} : { data: options.data }) });
  const server = options.server ?? new URL(appUrl).hostname;
  if (!isIPv4(server) || server.startsWith('127.')) {
    throw new UserError(
      `Routers need the IPv4 address at which they reach this server, not ${server}. Name it: --server 192.168.10.2`,
    );
  }
  const port = options.port === undefined ? (isolirPort ?? mainPort) : Number(options.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UserError(`--port ${options.port} is not a port.`);
  const { isolir_address_list: list, suspend_mode: mode } = await withKit(
    process,
    options,
    'isolir:rules',
    (kit) => readOrganisation(kit.db),
  );
  for (const line of commands(isolirRules({ list, server, port }), list)) terminal.print(line);
  if (mode !== 'isolir')
    terminal.note('Customers are not isolated yet: set suspend_mode to isolir at /api/organisation.');
  if (isolirPort === undefined && options.port === undefined)
    terminal.note(
      'They would reach the whole API. Set ISOLIR_PORT, for a port that has the notice page alone, and run this again.',
    );
  if (!isPrivate(server))
    terminal.note(
      `${server} is a public address: the server sees the router's address then, and shows everybody the general notice. Reach it by a tunnel to show what is owed.`,
    );
}

/** RouterOS's own language: takes away what was pasted before, adds anew, and moves it to the front. */
function commands(rules: readonly Rule[], list: string): readonly string[] {
  const ours = `comment~"^${ruleMark}"`;
  const menus = [...new Set(rules.map(({ menu }) => menu))];
  return [
    `# Leads the address list ${list} to Nadi's notice page. May be pasted again: it replaces what it made.`,
    ...menus.flatMap((menu) => {
      const path = menu.replaceAll('/', ' ').trim();
      const others = `[/${path} find where !dynamic and !(${ours})]`;
      return [
        `/${path} remove [find where ${ours}]`,
        ...rules.filter((rule) => rule.menu === menu).map((rule) => `/${path} add ${attributesOf(rule)}`),
        `:if ([:len ${others}] > 0) do={ /${path} move [find where ${ours}] destination=[:pick ${others} 0] }`,
      ];
    }),
  ];
}

function attributesOf({ attributes }: Rule): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${/^[\w./-]+$/.test(value) ? value : `"${value}"`}`)
    .join(' ');
}
