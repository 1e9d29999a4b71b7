import type { z } from 'zod';
import type { radiusSessionSchema, radiusSettingSchema } from '#contract';
import type { SettingRow } from './queries.ts';
import type { SessionRow } from './session-queries.ts';

/** Without its secret. */
export function presentSetting({ secret: _, ...row }: SettingRow): z.input<typeof radiusSettingSchema> {
  return row;
}

export function presentSession(row: SessionRow): z.input<typeof radiusSessionSchema> {
  return {
    id: row.id,
    username: row.username,
    subscription_id: row.subscription_id,
    customer_id: row.customer_id,
    customer_name: row.customer_name,
    router_id: row.router_id,
    router_name: row.router_name,
    isolated: row.class.startsWith('nadi:isolir '),
    calling_station_id: row.callingstationid,
    framed_ip_address: row.framedipaddress,
    framed_ipv6_prefix: row.framedipv6prefix,
    delegated_ipv6_prefix: row.delegatedipv6prefix,
    started_at: row.created_at,
    heard_at: row.acctupdatetime,
    seconds: Number(row.acctsessiontime),
    bytes_in: Number(row.acctinputoctets),
    bytes_out: Number(row.acctoutputoctets),
  };
}
