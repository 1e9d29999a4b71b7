import type { z } from 'zod';
import type { provisioning, provisioningSchema, routerStateSchema, routerStates } from '#contract';
import type { Message } from '#kit/errors.ts';
import { fingerprintOf } from './guard.ts';
import type { HeldRow, IntentRow, StateRow } from './queries.ts';
import type { FaultCode } from './wanted.ts';

type RouterState = z.input<typeof routerStateSchema>;
type Intent = z.input<typeof provisioning.listProvisioningIntents.response>['data'][number];

/** What stands in the way of an intent, and what to do. */
const faults: Readonly<Record<FaultCode, Message>> = {
  name_taken: {
    en: 'The router has an entry of this name that is not Nadi’s. Rename or remove it there, or choose another username.',
    id: 'Router sudah punya entri dengan nama ini yang bukan milik Nadi. Ganti nama atau hapus di router, atau pilih username lain.',
  },
  address_missing: {
    en: 'A static package needs the customer’s address: set remote_address.',
    id: 'Paket statis perlu alamat pelanggan: isi remote_address.',
  },
  address_unsafe: {
    en: 'This address means every customer. Set remote_address to the customer’s own.',
    id: 'Alamat ini berarti semua pelanggan. Isi remote_address dengan alamat pelanggan itu sendiri.',
  },
  rate_invalid: {
    en: 'The package’s bandwidth or burst is not one that routers take. Correct the package.',
    id: 'Bandwidth atau burst paket tidak diterima router. Perbaiki paketnya.',
  },
  profile_missing: {
    en: 'The subscription names a profile that the router does not have. Add it there, or leave the profile empty.',
    id: 'Langganan memakai profil yang tidak ada di router. Tambahkan di router, atau kosongkan profilnya.',
  },
  refused: { en: 'The router refused it.', id: 'Router menolaknya.' },
  not_applied: {
    en: 'The router said done, but what it holds is something else. It is tried again.',
    id: 'Router menjawab selesai, tetapi isinya berbeda. Akan dicoba lagi.',
  },
  session_stays: {
    en: 'The customer’s session could not be ended yet. It is tried again.',
    id: 'Sesi pelanggan belum dapat diputus. Akan dicoba lagi.',
  },
  held: {
    en: 'Held, because it would take many customers off the router at once. Look at the router’s state and approve.',
    id: 'Ditahan, karena akan memutus banyak pelanggan sekaligus. Periksa status router lalu setujui.',
  },
};

/** The fault of a code, with what the router said. */
export function presentFault(
  code: string,
  detail: string | null | undefined,
): Message & { readonly code: string } {
  // Only codes of the record are ever written.
  const { en, id } = faults[code as FaultCode] ?? faults.refused;
  const said = detail && code !== 'held' ? ` (${detail})` : '';
  return { code, en: en + said, id: id + said };
}

export function presentState(row: StateRow, held: readonly HeldRow[]): RouterState {
  const { error_en: en, error_id: id, is_active: isActive } = row;
  return {
    router_id: row.id,
    name: row.name,
    // The column's check allows just the contract's values.
    state: isActive ? ((row.state ?? 'new') as (typeof routerStates)[number]) : 'inactive',
    since: row.since,
    error: en === null || id === null ? null : { en, id },
    failures: row.failures ?? 0,
    next_attempt_at: row.next_attempt_at,
    last_pass_at: row.last_pass_at,
    next_sweep_at: row.next_sweep_at,
    subscriptions: row.subscriptions,
    waiting: row.waiting,
    failed: row.failed,
    oldest_wait: row.oldest_wait,
    held: presentHeld(held.filter(({ router_id: router }) => router === row.id)),
    passes: row.passes ?? 0,
    writes: row.writes ?? 0,
    orphans: row.orphans ?? 0,
  };
}

function presentHeld(held: readonly HeldRow[]): RouterState['held'] {
  if (held.length === 0) return null;
  const count = (danger: string) => held.filter(({ error_detail: detail }) => detail === danger).length;
  return {
    fingerprint: fingerprintOf(held),
    remove: count('remove'),
    disable: count('disable'),
    isolate: count('isolate'),
  };
}

export function presentIntent(row: IntentRow): Intent {
  const { router_id, router_name, customer_id, customer_name, username, attempts, retry_at } = row;
  const { subscription_id } = row;
  return {
    subscription_id,
    username,
    customer_id,
    customer_name,
    attempts,
    retry_at,
    ...presentProvisioning({ ...row, router_id, router_name }),
  };
}

export function presentProvisioning(row: IntentRow): z.input<typeof provisioningSchema> {
  const { last_error: code, is_verified: isVerified } = row;
  return {
    router_id: row.router_id,
    router_name: row.router_name,
    status: isVerified ? 'ok' : code === null ? 'waiting' : 'failed',
    // The column's check allows just these.
    state: row.state as 'on' | 'off' | 'isolated' | 'blocked' | null,
    changed_at: row.changed_at,
    verified_at: row.verified_at,
    fault: isVerified || code === null ? null : presentFault(code, row.error_detail),
  };
}
