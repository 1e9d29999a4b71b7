import { createPrivateKey, createPublicKey } from 'node:crypto';
import { sha256Hex } from '#kit/crypto.ts';
import type { Kit } from '#kit/kit.ts';
import { fleetModule } from '../modules/fleet/index.ts';
import {
  eraseLicensesOf,
  type LicenseSigner,
  type LicensingHooks,
  licensingHooks,
  licensingModule,
} from '../modules/licensing/index.ts';
import { proveAgain } from '../modules/portal/index.ts';
import { releasesModule } from '../modules/releases/index.ts';
import { trustModule } from '../modules/trust/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition, EditionParts } from './edition.ts';
import { noHooks } from './own-hooks.ts';

/** What the vendor runs: the same business, whose packages are licenses. */
export const vendorEdition: BuildEdition = (kit) => businessEdition(kit, 'vendor', vendorParts(kit));

/** What licenses and updates installations, beside the business. */
export function vendorParts(kit: Kit): EditionParts {
  const hooks: LicensingHooks = {
    signer: signerOf(kit),
    directivesOf: async () => [],
    proveAgain: (call, password) => proveAgain(kit, call, password),
  };
  return {
    own: () => [trustModule(kit), licensingModule(kit, hooks), releasesModule(kit), fleetModule(kit)],
    hooks: { ...noHooks, ...licensingHooks, afterCustomersAnonymised: eraseLicensesOf },
  };
}

/** Signs tokens with a key that follows from the installation's own. */
function signerOf({ secrets }: Kit): LicenseSigner {
  const seed = Buffer.from(secrets.mark('ed25519', 'license tokens'), 'hex');
  const privateKey = createPrivateKey({
    // RFC 8410 §7: an Ed25519 private key in PKCS #8.
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(privateKey);
  const kid = sha256Hex(String(publicKey.export({ format: 'jwk' }).x));
  return { current: async () => ({ kid, privateKey }), known: async () => [{ kid, publicKey }] };
}
