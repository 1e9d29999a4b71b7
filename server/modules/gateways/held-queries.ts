import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { raiseAlertsStatement } from '../alerts/index.ts';

/** Tells staff of transactions that a person has to look at, once for each reason. */
export async function tellHeld(db: Db, at: string): Promise<void> {
  const told = sql`(
    select 'payment' as type, 'warning' as severity,
      case g.language when 'en' then 'A payment needs you' else 'Ada pembayaran yang perlu Anda lihat' end as title,
      case g.language when 'en' then initcap(t.gateway) || ' order ' || o.order_id || ', ' || case t.held
          when 'partial_chargeback' then 'was partly charged back, and nobody says how much. Ask the gateway, then enter what is left.'
          when 'contradicted' then 'was told to be paid, and the gateway denies it now. It stays paid until you decide.'
          when 'balance_spent' then 'was given back, but the customer had the balance paid out. Settle it with the customer.'
          else 'cannot be booked. The log says why.' end
        else 'Order ' || initcap(t.gateway) || ' ' || o.order_id || case t.held
          when 'partial_chargeback' then ' sebagian ditarik bank, tanpa jumlahnya. Tanyakan ke gateway, lalu isi sisanya.'
          when 'contradicted' then ' diberitakan lunas, lalu disangkal gateway. Tetap lunas sampai Anda putuskan.'
          when 'balance_spent' then ' dikembalikan, tetapi saldo pelanggan sudah ditarik. Selesaikan dengan pelanggan.'
          else ' tidak bisa dibukukan. Sebabnya ada di log.' end
      end as message,
      jsonb_build_object('payment_order_id', o.id, 'order_id', o.order_id, 'held', t.held) as meta,
      'held:' || t.id || ':' || t.held as once_for, null::text as subject, null::text as parent
    from gateway_transactions t join payment_orders o on o.id = t.payment_order_id cross join organisation g where t.held is not null)`;
  await raiseAlertsStatement(told, at).execute(db);
}
