import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';

export interface Answer {
  readonly new: number;
  readonly known: number;
  readonly matches: number;
  readonly taken: number;
  readonly skipped: number;
  readonly new_customers: number;
  readonly profiles: readonly {
    kind: string;
    name: string;
    package_name: string | null;
    proposal: object | null;
  }[];
  readonly rows: readonly {
    name: string;
    verdict: string;
    reason: { code: string } | null;
    customer_name: string | null;
    proposed_name: string | null;
  }[];
}

/** Imports from a router; without a body it only looks. */
export const importFrom = (nadi: TestApp, routerId: string, body: object = {}) =>
  ok<Answer>(nadi, { method: 'POST', url: `/api/routers/${routerId}/import`, body });

export const counts = (answer: Answer) => [
  answer.new,
  answer.known,
  answer.matches,
  answer.taken,
  answer.skipped,
];

/** What becomes of each entry, by its name. */
export const verdicts = ({ rows }: Answer) =>
  Object.fromEntries(
    rows.map(({ name, verdict, reason }) => [name, reason === null ? verdict : `${verdict} ${reason.code}`]),
  );

export const total = async (nadi: TestApp, what: string) =>
  (await ok<{ total: number }>(nadi, { url: `/api/${what}` })).total;

/** A PPPoE user as somebody made it by hand. */
export const secret = (name: string, more: object = {}) => ({
  name,
  password: `sandi-${name}`,
  service: 'pppoe',
  profile: '10M',
  ...more,
});

export const livedProfiles = [
  { name: '10M', 'rate-limit': '5M/10M', 'local-address': '10.10.0.1', 'remote-address': 'pelanggan' },
  { name: 'Bebas', 'local-address': '10.10.0.1', 'remote-address': 'pelanggan' },
];
