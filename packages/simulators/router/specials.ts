import { hash, parseAddress, parseSpan } from './formats.ts';
import type { Machine, Reply, SpecialCommand } from './machine.ts';
import { category, Trap } from './sentence.ts';

/** Answers so many times at once, or, if without end, now and whenever time passes. More than one answer is numbered. */
function repeat(
  machine: Machine,
  reply: Reply,
  times: number,
  answer: (turn: number) => readonly string[][],
) {
  let turn = 0;
  const next = () => {
    const section = times === 1 ? [] : [`=.section=${turn}`];
    reply.send(...answer(turn).map((words) => [...words, ...section]));
    turn += 1;
  };
  for (let left = Number.isFinite(times) ? times : 1; left > 0; left -= 1) next();
  if (Number.isFinite(times)) return 'done';
  machine.ticks.add(next);
  reply.onStop(() => machine.ticks.delete(next));
  return 'goes on';
}

const monitorTraffic: SpecialCommand = (machine, { attributes }, reply) => {
  const { world } = machine;
  const asked = attributes.get('interface') ?? attributes.get('.id');
  if (asked === undefined) throw new Trap('missing =interface=');
  const interfaces = world.table('interface');
  const rows = asked.split(',').map((text) => {
    const row = interfaces.named(text)[0] ?? interfaces.get(text);
    if (row !== undefined) return row;
    throw new Trap('input does not match any value of interface', { category: category.argument });
  });
  const seconds = parseSpan(attributes.get('duration') ?? '') ?? Infinity;
  return repeat(machine, reply, attributes.has('once') ? 1 : seconds, () =>
    rows.map((row) => {
      const counters = world.traffic.get(row.id);
      // Real traffic is never the same twice.
      const sway = 0.9 + (hash(`${row.id} ${world.time.milliseconds}`) % 200) / 1000;
      const bits = (rate = 0) => Math.floor(rate * sway);
      const [rx, tx] = [bits(counters?.rx.rate), bits(counters?.tx.rate)];
      return [
        '!re',
        `=name=${row.values.name}`,
        `=rx-packets-per-second=${Math.floor(rx / 6400)}`,
        `=rx-bits-per-second=${rx}`,
        '=rx-drops-per-second=0',
        '=rx-errors-per-second=0',
        `=tx-packets-per-second=${Math.floor(tx / 6400)}`,
        `=tx-bits-per-second=${tx}`,
        '=tx-drops-per-second=0',
        '=tx-errors-per-second=0',
      ];
    }),
  );
};

/** An address that a pool may give answers only while a session has it; any other always does. */
function answers({ world }: Machine, address: string): boolean {
  const number = parseAddress(address) ?? 0;
  const pools = [...world.table('ip/pool').rows()].some(({ values }) =>
    (values.ranges ?? '').split(',').some((range) => {
      const [first = '', last = first] = range.trim().split('-');
      return number >= (parseAddress(first) ?? Infinity) && number <= (parseAddress(last) ?? -1);
    }),
  );
  return !pools || [...world.table('ip/pool/used').rows()].some(({ values }) => values.address === address);
}

const ping: SpecialCommand = (machine, { attributes }, reply) => {
  const address = attributes.get('address');
  if (address === undefined) throw new Trap('missing =address=');
  if (parseAddress(address) === undefined)
    throw new Trap('invalid value for argument address', { category: category.argument });
  const up = answers(machine, address);
  const count = Number(attributes.get('count') ?? '4');
  for (let turn = 0; turn < Math.min(count, 1000); turn += 1) {
    const lost = `=packet-loss=${up ? 0 : 100}`;
    const head = ['!re', `=seq=${turn}`, `=host=${address}`];
    const tail = [`=sent=${turn + 1}`, `=received=${up ? turn + 1 : 0}`, lost];
    const time = `${1 + (hash(`${address}${turn}`) % 20)}ms`;
    reply.send([...head, ...(up ? ['=size=56', '=ttl=64', `=time=${time}`] : ['=status=timeout']), ...tail]);
  }
  return 'done';
};

/** Commands by their path, those of connections apart. */
export const specials: ReadonlyMap<string, SpecialCommand> = new Map([
  ['interface/monitor-traffic', monitorTraffic],
  ['ping', ping],
]);
