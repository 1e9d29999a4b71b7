import { isIP } from 'node:net';
import { customerFields } from '#contract';
import { newId } from '#kit/ids.ts';
import { insertCustomers, type NewCustomer } from '../../customers/index.ts';
import { existing, importedBefore, rememberOrigins } from '../source-queries.ts';
import type { SourceRow } from './read-source.ts';
import { readAmount } from './rules.ts';
import type { ImportContext, KnownCustomer, KnownCustomers } from './state.ts';

/** Brings the customers; answers those that stand here, also from before. */
export async function bringCustomers(context: ImportContext): Promise<KnownCustomers> {
  const { tx, source, sourceName, counts, kit, at } = context;
  const byId = new Map<number, KnownCustomer>();
  const byUsername = new Map<string, KnownCustomer>();
  for await (const rows of source.pages('tbl_customers')) {
    const before = await importedBefore(
      tx,
      sourceName,
      'customer',
      rows.map((row) => String(row.id)),
    );
    const there = await existing(tx, 'customers', [...before.values()]);
    const added: { readonly row: NewCustomer; readonly sourceId: string }[] = [];
    for (const row of rows) {
      const old = before.get(String(row.id));
      if (old !== undefined && !there.has(old)) {
        context.report.remark(
          {
            en: 'customers that were brought before and deleted here since: left out',
            id: 'pelanggan yang pernah dibawa lalu dihapus di sini: dilewati',
          },
          'tbl_customers',
          row.id,
        );
        continue;
      }
      const id = old ?? newId(kit.clock);
      const customer = knownCustomer(context, row, id);
      byId.set(row.id, customer);
      const key = customer.username.toLowerCase();
      if (!byUsername.has(key)) byUsername.set(key, customer);
      if (old === undefined)
        added.push({ row: newCustomer(context, row, customer), sourceId: String(row.id) });
      else counts.alreadyThere += 1;
    }
    if (added.length > 0) {
      await insertCustomers(
        tx,
        added.map(({ row }) => row),
      );
    }
    const origins = added.map(({ row, sourceId }) => ({ kind: 'customer' as const, sourceId, id: row.id }));
    await rememberOrigins(tx, sourceName, origins, at);
    counts.customers += added.length;
    context.progress(rows.length);
  }
  return { byId, byUsername };
}

function knownCustomer({ report }: ImportContext, row: SourceRow, id: string): KnownCustomer {
  const balance = readAmount(row.get('balance')) ?? 0n;
  if (balance < 0n) {
    report.remark(
      {
        en: 'balances below zero: brought as zero; charge by hand what they still owe',
        id: 'saldo di bawah nol: dibawa sebagai nol; tagih dengan tangan yang masih kurang',
      },
      'tbl_customers',
      row.id,
    );
  }
  const username = row.get('username');
  return {
    id,
    sourceId: row.id,
    name: (row.get('fullname') || username || `Customer ${row.id}`).slice(0, 255).toWellFormed(),
    username,
    password: row.get('password'),
    pppoeUsername: row.get('pppoe_username'),
    pppoePassword: row.get('pppoe_password'),
    address: isIP(row.get('pppoe_ip')) === 0 ? '' : row.get('pppoe_ip'),
    blocked: statusOf(row) !== 'active',
    balance: balance > 0n ? balance : 0n,
  };
}

function newCustomer(context: ImportContext, row: SourceRow, { id, name }: KnownCustomer): NewCustomer {
  const address = ['address', 'city', 'district', 'state', 'zip'].map((column) => row.get(column));
  return {
    id,
    name,
    email: emailOf(context, row),
    phone: phoneOf(context, row),
    address: address.filter(Boolean).join(', ').slice(0, 2000).toWellFormed() || null,
    status: statusOf(row),
    created_at: createdAt(context, row.get('created_at')),
  };
}

function statusOf(row: SourceRow): 'active' | 'inactive' | 'suspended' {
  const word = row.get('status').toLowerCase();
  if (word === 'active' || word === '') return 'active';
  return word === 'inactive' || word === 'disabled' ? 'inactive' : 'suspended';
}

/** Empty ones are stored as 1 or 0 there. */
function emailOf({ report }: ImportContext, row: SourceRow): string | null {
  const text = row.get('email');
  if (text === '' || text === '0' || text === '1') return null;
  const parsed = customerFields.email.safeParse(text);
  if (parsed.success) return parsed.data ?? null;
  report.remark(
    {
      en: 'e-mail addresses that cannot be right: left empty',
      id: 'alamat email yang tidak benar: dikosongkan',
    },
    'tbl_customers',
    row.id,
  );
  return null;
}

function phoneOf({ report }: ImportContext, row: SourceRow): string | null {
  const text = row.get('phonenumber').replace(/[.\s]+/g, ' ');
  if (text === '' || text === '0') return null;
  const parsed = customerFields.phone.safeParse(text);
  if (parsed.success) return parsed.data ?? null;
  report.remark(
    {
      en: 'phone numbers that cannot be right: left empty',
      id: 'nomor telepon yang tidak benar: dikosongkan',
    },
    'tbl_customers',
    row.id,
  );
  return null;
}

function createdAt({ timeZone, at }: ImportContext, text: string): string {
  try {
    const local = Temporal.PlainDateTime.from(text.replace(' ', 'T'), { overflow: 'reject' });
    const instant = local.toZonedDateTime(timeZone).toInstant().toString();
    return local.year >= 2000 && instant < at ? instant : at;
  } catch {
    return at;
  }
}
