import { startMidtrans } from '#simulators';

// A simulated Midtrans in a process of its own, so that what it costs is not counted as Nadi's. It is told how many orders to have, each
// of which is then paid, and tells the notifications of it.
const midtrans = await startMidtrans({ serverKey: 'bench', clock: { now: () => Temporal.Now.instant() } });
process.on('message', async ({ orders, strangers }: { orders: readonly string[]; strangers: number }) => {
  const bodies: string[] = [];
  const said = (orderId: string) => JSON.stringify(midtrans.body(orderId));
  const others = Array.from({ length: strangers }, (_, n) => `SOMEBODY-ELSE-${n}`);
  for (const order of [...orders, ...others]) {
    const answer = await fetch(`${midtrans.url}/snap/v1/transactions`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('bench:').toString('base64')}` },
      body: JSON.stringify({ transaction_details: { order_id: order, gross_amount: 150_000 } }),
    });
    if (answer.status !== 201) throw new Error(await answer.text());
    midtrans.choose(order, { payment_type: 'qris' });
    // Of ours it told twice that it waits, and once that it is paid.
    if (!others.includes(order)) bodies.push(...Array<string>(2).fill(said(order)));
    midtrans.pay(order);
    bodies.push(said(order));
  }
  process.send?.({ bodies });
});
process.send?.({ url: midtrans.url });
process.on('disconnect', () => process.exit());
