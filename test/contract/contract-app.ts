import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Midtrans, startMidtrans } from '#simulators';
import { type TestApp, testApp } from '../support/test-app.ts';
import { wholeEdition } from '../support/whole-edition.ts';

const gateways = new WeakMap<TestApp, Midtrans>();

/** A server that can do all there is to do, of both editions: payment gateways are set up, too. Nobody tells it of payments. */
export async function contractApp(): Promise<TestApp> {
  const midtrans = await startMidtrans({ serverKey: 'Kunci-Midtrans-Rahasia-77' });
  const releases = await mkdtemp(join(tmpdir(), 'nadi-contract-'));
  const nadi = await testApp({
    edition: wholeEdition,
    env: {
      MIDTRANS_SERVER_KEY: midtrans.serverKey,
      MIDTRANS_SNAP_URL: midtrans.url,
      MIDTRANS_API_URL: midtrans.url,
      XENDIT_SECRET_KEY: 'Kunci-Xendit-Rahasia-78',
      XENDIT_CALLBACK_TOKEN: callbackToken,
      XENDIT_API_URL: midtrans.url,
      RELEASES_DIR: releases,
      RELEASES_PUBLIC: 'true',
      RELEASES_REPOSITORY: 'contoh/nadi',
    },
  });
  gateways.set(nadi, midtrans);
  nadi.use(midtrans);
  nadi.use({ [Symbol.asyncDispose]: () => rm(releases, { recursive: true, force: true }) });
  return nadi;
}

export const callbackToken = 'Token-Xendit-Rahasia-79';

/** Its simulated Midtrans. */
export function midtransOf(nadi: TestApp): Midtrans {
  const midtrans = gateways.get(nadi);
  if (midtrans === undefined) throw new Error('Only an app of contractApp has a Midtrans.');
  return midtrans;
}
