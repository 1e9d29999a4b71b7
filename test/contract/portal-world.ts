import { sha256Hex } from '#kit/crypto.ts';
import type { TestApp } from '../support/test-app.ts';
import type { World } from './world.ts';

/** A customer of a world who is signed in to the portal, and what is theirs. */
export interface PortalWorld {
  readonly token: string;
  readonly email: string;
  /** By the names in the addresses of the portal, and of the office for what customers write. */
  readonly ids: Readonly<Record<string, string>>;
}

export const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const known = new WeakMap<World, Promise<PortalWorld>>();

/** The customer of this world, made when first asked for. */
export function portalOf(world: World, nadi: TestApp): Promise<PortalWorld> {
  const made = known.get(world) ?? makePortal(world, nadi);
  known.set(world, made);
  return made;
}

async function makePortal({ ids: world, number, send }: World, nadi: TestApp): Promise<PortalWorld> {
  const email = `portal-${number}@world.test`;
  const add = async (url: string, body: object) => String((await send('POST', url, body)).id);
  const customer = await add('/api/customers', { name: `Portal ${number}`, email });
  const invoiceBody = { customer_id: customer, amount: '150000', due_date: '2026-01-25' };
  const [subscription, other, invoice, paid] = await Promise.all([
    add('/api/subscriptions', {
      customer_id: customer,
      package_id: world.package,
      mikrotik_username: `portal-${number}`,
    }),
    add('/api/packages', {
      name: `Ditawarkan ${number}`,
      bandwidth: '50M/50M',
      price: '350000',
      in_portal: true,
    }),
    add('/api/invoices', invoiceBody),
    add('/api/invoices', invoiceBody),
  ]);
  const payment = await add('/api/payments', { invoice_id: paid, amount: '50000' });
  const token = await addCustomerToken(nadi, customer, email);
  const own = async (url: string, body: object) => {
    const answer = await nadi.request({ token, method: 'POST', url, body });
    if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.body}`);
    return answer.json();
  };
  const ticket = await own('/api/portal/tickets', {
    subject: 'Lampu merah',
    body: 'Sejak pagi.',
    attachments: [{ filename: 'lampu.png', content: onePixel }],
  });
  const message = await addMessage(nadi, customer, `Portal ${number}`);
  return {
    token,
    email,
    ids: {
      customer,
      service: subscription,
      subscription,
      package: other,
      invoice,
      payment,
      ticket: ticket.id,
      attachment: ticket.replies[0].attachments[0].id,
      message,
      session: token.split('|')[0] ?? '',
      assigned_to: world.user ?? '',
    },
  };
}

/** What the customer was told. */
async function addMessage(nadi: TestApp, customerId: string, name: string): Promise<string> {
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    `insert into notification_messages (id, event, customer_id, channel, lane, language, vars, state, next_at, sent_at, created_at, updated_at)
     values (gen_random_uuid(), 'service_resumed', $2, 'email', 'email', 'id', jsonb_build_object('customer_name', $3::text), 'sent', $1, $1, $1, $1)
     returning id`,
    [nadi.kit.clock.now().toString(), customerId, name],
  );
  return rows[0]?.id ?? '';
}

let tokens = 0;

/** A session of a customer, begun with a code just now. */
export async function addCustomerToken(
  nadi: TestApp,
  customerId: string,
  contact: string,
  expiresAt = '2027-01-01T00:00:00Z',
): Promise<string> {
  tokens += 1;
  const secret = `${'s'.repeat(40)}${String(tokens).padStart(8, '0')}`;
  const at = nadi.clock.now().toString();
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    `insert into customer_tokens (customer_id, contact, proof, token, ip_address, network, last_used_at, expires_at, created_at)
     values ($1, $2, 'code', $3, '203.0.113.5', '203.0.113.5', $4, $5, $4) returning id`,
    [customerId, contact, sha256Hex(secret), at, expiresAt],
  );
  return `${rows[0]?.id}|${secret}`;
}

/** A code that was sent for a purpose, as the server would have made it. */
export async function addCode(nadi: TestApp, purpose: string, contact: string): Promise<string> {
  const at = nadi.clock.now();
  await nadi.kit.pool.query(
    `insert into portal_codes (purpose, contact, code_hash, sends, sent_at, expires_at) values ($1, $2, $3, 1, $4, $5)
     on conflict (purpose) do update set code_hash = excluded.code_hash, contact = excluded.contact`,
    [
      purpose,
      contact,
      nadi.kit.secrets.mark('123456', `portal ${purpose}`),
      at.toString(),
      at.add({ minutes: 10 }).toString(),
    ],
  );
  return '123456';
}
