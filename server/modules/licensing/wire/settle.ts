import { instantText } from '#kit/clock.ts';
import { sha256Hex } from '#kit/crypto.ts';
import type { Tx } from '#kit/db.ts';
import type { Call } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import type { Components } from '#license-token';
import { recordChanges } from '../../audit/index.ts';
import { newTokenSecret } from '../../identity/index.ts';
import { newAgentCode } from '../change-installation.ts';
import { type InstallationRow, insertInstallation, updateInstallationRow } from '../installation-queries.ts';
import type { LicenseRow } from '../license-queries.ts';
import { keyHashOf } from './checks.ts';
import { authorOf } from './issue-token.ts';

type Said = Readonly<Record<string, unknown>> | undefined;

/** A machine that asks with a key. */
export interface Asking {
  readonly license_key: string;
  readonly install_id: string;
  readonly fingerprint: { readonly digest: string; readonly components: Components };
  readonly app_version?: string | undefined;
  readonly hostname?: string | undefined;
  readonly owner?: Said;
  readonly property?: Said;
  readonly client_time?: string | undefined;
}

export interface Paired {
  readonly license: LicenseRow;
  readonly installation: InstallationRow;
  readonly secret: string;
}

export const machineOf = ({ install_id: installId, fingerprint, license_key: key }: Asking) => ({
  installId,
  components: fingerprint.components,
  keyHash: keyHashOf(key),
});

/** Puts the machine into an installation of its own, or into the one it had. */
export async function settle(
  kit: Kit,
  tx: Tx,
  call: Call,
  license: LicenseRow,
  asking: Asking,
  before: InstallationRow | undefined,
): Promise<Paired> {
  const at = instantText(kit.clock.now());
  const secret = newTokenSecret();
  // By the clock, and one up with each token after it: so none from before is as new, of which a database that was restored from a backup
  // knows nothing any more.
  const serial = String(Math.max(Number(before?.token_serial ?? 0) + 1, kit.clock.now().epochMilliseconds));
  const id = before?.id ?? newId(kit.clock);
  if (before === undefined) {
    await insertInstallation(tx, {
      id,
      license_id: license.id,
      agent_code: newAgentCode(),
      state: 'paired',
      created_at: at,
      updated_at: at,
    });
  }
  const installation = await updateInstallationRow(tx, id, {
    state: 'paired',
    install_id: asking.install_id,
    secret_hash: sha256Hex(secret),
    // Of several that were lost on the way, the one that was used last goes on working until a newer one is used.
    previous_secret_hash: before?.previous_secret_hash ?? before?.secret_hash ?? null,
    fingerprint: asking.fingerprint.digest,
    components: JSON.stringify(asking.fingerprint.components),
    salted_with: keyHashOf(asking.license_key),
    hostname: asking.hostname ?? before?.hostname ?? null,
    app_version: asking.app_version ?? before?.app_version ?? null,
    ...said('owner', asking.owner),
    ...said('property', asking.property),
    // Tokens from before are replaced by this one.
    token_serial: serial,
    shown_serial: serial,
    counter: '0',
    paired_at: at,
    ended_at: null,
    updated_at: at,
  });
  await recordChanges(tx, kit.clock, authorOf(call.author, id), [
    {
      action: 'installation.paired',
      subjectType: 'installation',
      subjectId: id,
      ...(before ? { before: facts(before) } : {}),
      after: { ...facts(installation), serial },
    },
  ]);
  return { license, installation, secret };
}

const said = <K extends string>(key: K, value: Said) =>
  value === undefined ? {} : { [key]: JSON.stringify(value) };

const facts = ({
  license_id,
  agent_code,
  install_id,
  hostname,
  app_version,
  fingerprint,
  state,
}: InstallationRow) => ({
  license_id,
  agent_code,
  install_id,
  hostname,
  app_version,
  fingerprint,
  state,
});
