import type { Kit } from '#kit/kit.ts';
import type { PlannedRequest } from './load-plan.ts';
import { familyNames, givenNames } from './names.ts';

/** The kinds of request, how many of a hundred are of each, and whether its p99 is held to the limit. */
export const customerKinds = [
  { kind: 'list', percent: 25, limited: true },
  { kind: 'search by name', percent: 20, limited: true },
  { kind: 'search by phone', percent: 20, limited: true },
  { kind: 'show', percent: 25, limited: true },
  { kind: 'create', percent: 10, limited: false },
] as const;

export type CustomerKind = (typeof customerKinds)[number]['kind'];

interface Sample {
  readonly id: string;
  readonly name: string;
  readonly phone: string;
}

/** About `count` customers from all over the table. */
export async function sampleCustomers(kit: Kit, count: number): Promise<readonly Sample[]> {
  const { rows } = await kit.pool.query<Sample>(
    `select id, name, phone from customers tablesample bernoulli(least(100, 100.0 * $1 / (select count(*) from customers))) repeatable (1)`,
    [count],
  );
  return rows;
}

/** `count` requests of one kind, each about another of the sampled customers; the same at every call. */
export function requestsOf(
  kind: CustomerKind,
  customers: readonly Sample[],
  count: number,
): readonly PlannedRequest[] {
  const random = seededRandom(count);
  return Array.from({ length: count }, (_, index) => {
    const customer = customers[Math.floor(random() * customers.length)];
    if (!customer) throw new Error('There are no customers to ask for.');
    return { kind, ...requestAbout(kind, customer, index, random) };
  });
}

/** `count` requests in which the kinds have their shares, in no order. */
export function mixedRequests(customers: readonly Sample[], count: number): readonly PlannedRequest[] {
  const random = seededRandom(7);
  return customerKinds
    .flatMap(({ kind, percent }) => requestsOf(kind, customers, Math.round((count * percent) / 100)))
    .map((request) => ({ request, order: random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ request }) => request);
}

function requestAbout(
  kind: CustomerKind,
  customer: Sample,
  index: number,
  random: () => number,
): Omit<PlannedRequest, 'kind'> {
  const search = (text: string) => ({
    method: 'GET' as const,
    path: `/api/customers?search=${encodeURIComponent(text)}`,
  });
  switch (kind) {
    case 'list':
      // Most look at the first page; some go deeper, and some filter.
      return {
        method: 'GET',
        path: `/api/customers?${['', '', 'page=2', 'page=40&per_page=50', 'status=active'][index % 5]}`,
      };
    case 'search by name':
      return search(partOfName(customer.name, random));
    case 'search by phone':
      return search(part(customer.phone, 3 + Math.floor(random() * 6), random));
    case 'show':
      return { method: 'GET', path: `/api/customers/${customer.id}` };
    case 'create': {
      const pick = (names: readonly string[]) => names[Math.floor(random() * names.length)];
      const body = {
        name: `${pick(givenNames)} ${pick(familyNames)}`,
        phone: `0812${10_000_000 + index}`,
        address: 'Jl. Baru 1',
      };
      return { method: 'POST', path: '/api/customers', body: JSON.stringify(body) };
    }
  }
}

/** What people type: a name, the beginnings of two, or some letters in a row. */
function partOfName(name: string, random: () => number): string {
  const words = name.split(' ').filter((word) => word.length >= 3);
  const word = words[Math.floor(random() * words.length)] ?? name;
  const form = random();
  if (form < 0.4) return word;
  if (form < 0.7) return name.slice(0, name.lastIndexOf(' ') + 4);
  return part(word, 3 + Math.floor(random() * 3), random);
}

function part(text: string, length: number, random: () => number): string {
  const from = Math.floor(random() * Math.max(1, text.length - length + 1));
  return text.slice(from, from + length);
}

/** The minimal standard generator of Park and Miller: figures of two runs are for the same requests. */
function seededRandom(seed: number): () => number {
  let state = (seed * 16_807 + 1) % 2_147_483_647;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
