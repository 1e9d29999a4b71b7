import { buildApp } from '#kit/app.ts';
import type { Kit } from '#kit/kit.ts';
import { providerEdition } from '../server/editions/provider.ts';
import { benchToken } from './support.ts';

/** Customers with one PPPoE subscription each, and the router that serves them, added as an administrator does. */
export async function loadNetwork(
  kit: Kit,
  count: number,
  port: number,
  status: 'active' | 'suspended' = 'active',
): Promise<{ readonly routerId: string; readonly token: string }> {
  const today = Temporal.PlainDate.from(kit.clock.now().toString().slice(0, 10));
  const at = kit.clock.now().toString();
  const since = today.subtract({ days: 10 }).toString();
  const until = today.add({ days: 20 }).toString();
  const paid = status === 'active' ? until : since;
  const suspended = status === 'active' ? 'null, null' : `'${since}', 'overdue'`;
  await kit.pool.query(
    `insert into packages (id, name, bandwidth, price, created_at, updated_at) values (nadi_uuid('${at}'), '10 Mbps', '5M/10M', 150000, '${at}', '${at}')`,
  );
  await kit.pool.query(
    `with c as (insert into customers (id, name, created_at, updated_at)
       select nadi_uuid('${at}', n), 'bench' || n, '${at}', '${at}' from generate_series(1, ${count}) n returning id, name),
     s as (insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, status,
         suspended_on, suspended_for, created_at, updated_at)
       select c.id, c.id, p.id, c.name, '${since}', '${paid}', '${until}', 1, '${status}', ${suspended}, '${at}', '${at}' from c, packages p)
     insert into mikrotik_secrets (id, customer_id, username, password, created_at, updated_at)
     select id, id, name, 'bench', '${at}', '${at}' from c`,
  );
  await kit.pool.query('update mikrotik_secrets set subscription_id = customer_id');
  if (status === 'suspended') {
    await kit.pool.query(
      `insert into invoices (id, invoice_number, customer_id, subscription_id, period_start, period_end, amount, due_date, status, created_at, updated_at)
       select id, 'INV-20250101-' || lpad(row_number() over ()::text, 5, '0'), id, id, '${since}', '${until}', 150000, '${since}', 'overdue', '${at}', '${at}'
       from subscriptions`,
    );
  }
  await kit.pool.query('vacuum analyze');
  const token = await benchToken(kit);
  const app = await buildApp(kit, providerEdition(kit), { limitRates: false });
  const answer = await app.inject({
    method: 'POST',
    url: '/api/router-settings',
    headers: { authorization: `Bearer ${token}` },
    payload: {
      name: 'Bench',
      host: '127.0.0.1',
      port,
      username: 'nadi',
      password: 'bench',
      template_profile: 'bench',
    },
  });
  await app.close();
  if (answer.statusCode !== 201) throw new Error(`The router was not added: ${answer.body}`);
  return { routerId: answer.json<{ id: string }>().id, token };
}
