import { setTimeout as delay } from 'node:timers/promises';
import type { Language, Message } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { presentProvisioning } from './present.ts';
import { intentsOfSubscription } from './queries.ts';
import { type PassResult, reconcileRouter } from './reconcile.ts';

/** How long an answer waits for a router, and how often it looks where another worker serves it; milliseconds. */
const patienceMs = 8000;
const lookMs = 50;

/**
 * Serves the routers of a subscription now, or waits for whoever serves them, and answers what they were seen to hold. What is
 * not done by then goes on without the answer.
 */
export async function settle(kit: Kit, subscriptionId: string, language: Language) {
  const patience = AbortSignal.timeout(patienceMs);
  const over = delay(patienceMs, undefined, { ref: false });
  for (;;) {
    const provisioning = (await intentsOfSubscription(kit.db, subscriptionId)).map(presentProvisioning);
    const waiting = provisioning.filter(({ status }) => status === 'waiting');
    if (waiting.length === 0 || patience.aborted)
      return { ...outcomeOf(provisioning, language), provisioning };
    const passes = waiting.map(({ router_id: router }) => pass(kit, router));
    const results = (await Promise.race([Promise.all(passes), over])) ?? [];
    const last = (await intentsOfSubscription(kit.db, subscriptionId)).map(presentProvisioning);
    if (!results.includes('busy')) return { ...outcomeOf(last, language), provisioning: last };
    await delay(lookMs);
  }
}

/** It may outlive the answer, where nobody would hear what it throws. */
async function pass(kit: Kit, routerId: string): Promise<PassResult> {
  try {
    return await reconcileRouter(kit, routerId);
  } catch (error) {
    kit.log.error({ err: error, router: routerId }, 'router not served');
    return 'failed';
  }
}

const words = {
  none: {
    en: 'Stored. No router holds an entry for it.',
    id: 'Tersimpan. Tidak ada router yang menyimpan entrinya.',
  },
  held: { en: 'The router holds it.', id: 'Router sudah menyimpannya.' },
  waits: {
    en: 'Stored. The router is busy or cannot be reached now; it follows as soon as it can.',
    id: 'Tersimpan. Router sedang sibuk atau tidak dapat dihubungi; router akan menyusul secepatnya.',
  },
} as const satisfies Record<string, Message>;

function outcomeOf(provisioning: readonly ReturnType<typeof presentProvisioning>[], language: Language) {
  const fault = provisioning.find(({ status }) => status === 'failed')?.fault;
  const waits = provisioning.some(({ status }) => status === 'waiting');
  const message = fault ?? (waits ? words.waits : provisioning.length === 0 ? words.none : words.held);
  return { success: !fault && !waits, message: message[language] };
}
