import type { z } from 'zod';
import { type EndpointSpec, identity } from '#contract';
import { buildApp } from '#kit/app.ts';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import type { Edition } from '../editions/edition.ts';
import { findUserByEmail, issueToken } from '../modules/identity/index.ts';

/** What is said of a payment beside its amount. */
export interface PaymentDetails {
  readonly method: 'cash' | 'transfer' | 'qris' | 'dana';
  readonly transaction_id?: string;
}

export interface CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Codes of refusals that are part of the story; the answer is then undefined. */
  readonly unless?: readonly string[];
}

/** A person of the provider's staff, working through the product's own API. */
export interface Colleague {
  call<S extends EndpointSpec>(spec: S, options?: CallOptions): Promise<z.output<S['response']> | undefined>;
}

export interface Office extends AsyncDisposable {
  colleague(email: string): Promise<Colleague>;
  /** Sends to what needs no sign-in, and gives the answer, whatever it is. */
  readonly send: (path: string, body: object) => Promise<Readonly<Record<string, unknown>>>;
}

/** Opens the API in this process, without a port. The tokens it works with end with it. */
export async function openOffice(kit: Kit, edition: Edition): Promise<Office> {
  const app = await buildApp(kit, edition, { limitRates: false });
  const colleagues: Colleague[] = [];
  return {
    async colleague(email) {
      const token = await tokenOf(kit, email);
      const colleague: Colleague = {
        async call(spec, { params = {}, query = {}, body, unless = [] } = {}) {
          const path = spec.path.replace(/:(\w+)/g, (_, name: string) =>
            encodeURIComponent(params[name] ?? ''),
          );
          const answer = await app.inject({
            method: spec.method,
            url: path,
            query: { ...query },
            headers: { authorization: `Bearer ${token}` },
            ...(body === undefined ? {} : { payload: body }),
          });
          if (answer.statusCode === 204) return undefined;
          const json: unknown = answer.json();
          if (answer.statusCode < 400)
            return spec.response.parse(json) as z.output<(typeof spec)['response']>; // By that schema.
          if (
            typeof json === 'object' &&
            json !== null &&
            'code' in json &&
            unless.includes(String(json.code))
          )
            return undefined;
          throw new Error(`${spec.method} ${path} answered ${answer.statusCode}: ${answer.body}`);
        },
      };
      colleagues.push(colleague);
      return colleague;
    },
    send: async (url, body) => (await app.inject({ method: 'POST', url, payload: body })).json(),
    async [Symbol.asyncDispose]() {
      for (const colleague of colleagues) await colleague.call(identity.logout);
      await app.close();
    },
  };
}

async function tokenOf(kit: Kit, email: string): Promise<string> {
  return inTransaction(kit.db, async (tx) => {
    const user = await findUserByEmail(tx, email);
    if (!user) throw new Error(`There is no user ${email}.`);
    const request = { userId: user.id, name: 'demo history', expiresAt: null };
    return (await issueToken(kit, tx, systemAuthor('demo'), request)).plain;
  });
}
