import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Kit } from '#kit/kit.ts';

const at = '2026-02-22T01:00:00Z';
const id = (n: string) => `('0199a000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;

/** `rows` subscribers of four packages, each with an account `user<n>` of the password `sandi<n>`. */
export async function loadAccounts(kit: Kit, rows: number): Promise<void> {
  for (const statement of [
    `insert into packages (id, name, bandwidth, price, created_at, updated_at)
     select ${id('n')}, (n * 10) || ' Mbps', n || '0M/' || n || '0M', 150000, '${at}', '${at}' from generate_series(1, 4) n`,
    `insert into customers (id, name, created_at, updated_at)
     select ${id('n')}, 'Customer ' || n, '${at}', '${at}' from generate_series(1, ${rows}) n`,
    `insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
     select ${id('n')}, ${id('n')}, ${id('n % 4 + 1')}, 'user' || n, '2026-02-01', '2026-03-01', '2026-03-01', 1, '${at}', '${at}'
     from generate_series(1, ${rows}) n`,
    `insert into mikrotik_secrets (id, customer_id, subscription_id, username, password, created_at, updated_at)
     select id, customer_id, id, mikrotik_username, 'sandi' || substr(mikrotik_username, 5), '${at}', '${at}' from subscriptions`,
    'vacuum analyze',
  ])
    await kit.pool.query(statement);
}

/** The same accounts as other software keeps them for the stock schema: a password each, and a group with the speed. */
export const stockAccounts = (rows: number) => [
  `insert into radcheck (username, attribute, op, value) select 'user' || n, 'Cleartext-Password', ':=', 'sandi' || n from generate_series(1, ${rows}) n`,
  `insert into radusergroup (username, groupname, priority) select 'user' || n, 'paket' || n % 4 + 1, 1 from generate_series(1, ${rows}) n`,
  `insert into radgroupreply (groupname, attribute, op, value) select 'paket' || n, 'Mikrotik-Rate-Limit', '=', n || '0M/' || n || '0M' from generate_series(1, 4) n`,
  'vacuum analyze',
];

const common = (user: number) => [
  `User-Name = "user${user}"`,
  'NAS-IP-Address = 127.0.0.1',
  'NAS-Port-Type = Ethernet',
  'Service-Type = Framed-User',
  'Framed-Protocol = PPP',
  `Calling-Station-Id = "AA:${user}"`,
];

/** Requests of `count` accounts from all over, in radclient's form. */
export function accessRequests(rows: number, count: number): readonly string[] {
  return packets(count, (number) => {
    const user = spread(number, rows);
    return [...common(user), `User-Password = "sandi${user}"`, 'Message-Authenticator = 0x00'];
  });
}

/** A start, an interim update and a stop of `count` sessions, one after the other; `name` makes them others. */
export function accountingRequests(rows: number, count: number, name: string): readonly string[] {
  return ['Start', 'Interim-Update', 'Stop'].flatMap((status, round) =>
    packets(count, (number) => [
      ...common(spread(number, rows)),
      `Acct-Status-Type = ${status}`,
      `Acct-Session-Id = "${name}-${number}"`,
      `Acct-Session-Time = ${round * 300}`,
      `Acct-Input-Octets = ${round * 1_000_000}`,
      `Acct-Output-Octets = ${round * 9_000_000}`,
      'Framed-IP-Address = 10.10.0.5',
      `Class = 0x${Buffer.from('nadi:open 10M/10M').toString('hex')}`,
    ]),
  );
}

const spread = (number: number, rows: number) => ((number * 7919) % rows) + 1;

function packets(count: number, lines: (number: number) => readonly string[]): readonly string[] {
  return Array.from({ length: count }, (_, number) => `${lines(number).join('\n')}\n\n`);
}

/** radclient goes through all it was given for each answer: with more than this it would measure itself. */
const requestsEach = 2000;
const clients = 4;

/**
 * Sends all requests through some radclients at a time, 64 requests under way together; gives answers a second.
 * @throws where one was not answered with yes
 */
export async function sendAll(
  port: number,
  kind: 'auth' | 'acct',
  secret: string,
  file: string,
  requests: readonly string[],
): Promise<number> {
  const files = await Promise.all(
    Array.from({ length: Math.ceil(requests.length / requestsEach) }, async (_, part) => {
      const name = `${file}-${part}`;
      await writeFile(name, requests.slice(part * requestsEach, (part + 1) * requestsEach).join(''));
      return name;
    }),
  );
  const start = performance.now();
  const waiting = files.values();
  const answered = await Promise.all(
    Array.from({ length: clients }, async () => {
      let sum = 0;
      for (const name of waiting) sum += await send(port, kind, secret, name);
      return sum;
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const accepted = answered.reduce((sum, each) => sum + each, 0);
  if (accepted !== requests.length)
    throw new Error(`Of ${requests.length} requests ${accepted} were accepted.`);
  return accepted / seconds;
}

async function send(port: number, kind: 'auth' | 'acct', secret: string, file: string): Promise<number> {
  const args = ['-q', '-s', '-p', '16', '-r', '5', '-t', '3', '-f', file, `127.0.0.1:${port}`, kind, secret];
  const child = spawn('/usr/bin/radclient', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await text(child.stdout);
  return Number(/(?:Accepted|Total approved auths)\s*:\s*(\d+)/.exec(said)?.[1]);
}
