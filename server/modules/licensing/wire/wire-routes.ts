import { licenseWire } from '#contract';
import { instantText } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { recordChanges } from '../../audit/index.ts';
import { endWith } from '../change-installation.ts';
import type { LicensingHooks } from '../hooks.ts';
import { requireWorking } from './checks.ts';
import { failureCounter } from './failures.ts';
import { heartbeat } from './heartbeat.ts';
import { helpPage } from './help-page.ts';
import { authorOf, issueToken } from './issue-token.ts';
import { withInstallation } from './known-by-token.ts';
import { migrate } from './migrate.ts';
import { pair } from './pair.ts';
import { sayRefusal } from './say-refusal.ts';

/** What installations call (decisions.md, License wire). */
export function wireRoutes(kit: Kit, { signer, directivesOf, afterMoved, afterGone }: LicensingHooks) {
  const parts = { kit, signer, directivesOf, afterMoved, afterGone, countFailure: failureCounter(kit.clock) };
  return routes(
    licenseWire,
    {
      pairLicense: ({ body }, call) => pair(parts, call, body),
      licenseHeartbeat: ({ body }, call) => heartbeat(parts, call, body),
      migrateLicense: ({ body }, call) => migrate(parts, call, body),
      rotateLicenseToken: async ({ body }, call) => {
        const known = await withInstallation(parts, call, body ?? {}, async (held) => {
          const { tx, installation, license } = held;
          requireWorking(license);
          await recordChanges(tx, kit.clock, authorOf(call.author, installation.id), [
            { action: 'installation.token_rotated', subjectType: 'installation', subjectId: installation.id },
          ]);
          return held;
        });
        const status = requireWorking(known.license);
        const { issued } = await issueToken(parts, known.license, known.installation, status);
        return { status, ...issued };
      },
      unpairLicense: async ({ body }, call) => {
        await withInstallation(parts, call, body, async ({ tx, installation }) => {
          await endWith(
            kit,
            tx,
            authorOf(call.author, installation.id),
            installation,
            'unpaired',
            body.reason,
          );
          return installation;
        });
        return { status: 'unpaired' as const, server_time: instantText(kit.clock.now()) };
      },
      showLicenseKeys: async () => ({
        keys: (await signer.keys(kit.db))
          .filter(({ standing }) => standing === 'believed')
          .map(({ kid, publicKey }) => ({
            kty: 'OKP' as const,
            crv: 'Ed25519' as const,
            x: String(publicKey.export({ format: 'jwk' }).x),
            kid,
            alg: 'EdDSA' as const,
            use: 'sig' as const,
          })),
      }),
      showLicenseHelp: async ({ query }, call) => helpPage(query.language ?? call.askedLanguage ?? 'id'),
    },
    sayRefusal(kit.config.appUrl),
  );
}
