import { sha256Hex } from '#kit/crypto.ts';
import type { Limit } from '../identity/index.ts';

type Proof = 'code' | 'password';

/**
 * What failures to sign in are counted by. From one network five for a contact lock it there, and there alone. From all
 * networks together thirty do, but not for a network from where somebody signed in with it before: strangers lock nobody out of
 * the usual place. An address may be that of thousands of customers, so it bears many.
 */
export function signInLimits(
  proof: Proof,
  contact: string,
  { network, known }: { readonly network: string; readonly known: boolean },
): readonly Limit[] {
  const key = (text: string) => sha256Hex(`portal ${proof} ${text}`);
  return [
    { key: key(`network ${network}`), failures: 300, shared: true },
    { key: key(`contact ${contact} ${network}`), failures: 5, shared: false },
    ...(known ? [] : [{ key: key(`contact ${contact}`), failures: 30, shared: false }]),
  ];
}

/** Wrong passwords and codes of somebody who is signed in. */
export function ownLimits(customerId: string): readonly Limit[] {
  return [{ key: sha256Hex(`portal own ${customerId}`), failures: 5, shared: false }];
}
