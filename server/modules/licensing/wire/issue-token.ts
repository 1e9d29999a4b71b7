import { instantText } from '#kit/clock.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { signToken, tokenEnd } from '#license-token';
import type { InstallationDirective, LicensingHooks } from '../hooks.ts';
import type { InstallationRow } from '../installation-queries.ts';
import type { LicenseRow } from '../license-queries.ts';
import type { Working } from './checks.ts';

/** What issuing tokens needs. */
export interface IssuingParts extends Pick<LicensingHooks, 'signer' | 'directivesOf'> {
  readonly kit: Kit;
}

export interface Issued {
  readonly token: string;
  readonly plan: string;
  readonly features: Readonly<Record<string, boolean>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly valid_until: string | null;
  readonly grace_until: string;
  readonly server_time: string;
}

/**
 * The newest token of an installation, with what it says, and the documents of which it names the newest. Killed before it is
 * sent, it is one whose answer was lost.
 */
export async function issueToken(
  { kit, signer, directivesOf }: IssuingParts,
  license: LicenseRow,
  installation: InstallationRow,
  status: Working,
): Promise<{ readonly issued: Issued; readonly directives: readonly InstallationDirective[] }> {
  const now = kit.clock.now();
  const directives = await directivesOf(kit.db, installation.id);
  const { features, limits, package_name: plan, valid_until } = license;
  const end = tokenEnd(now, valid_until === null ? null : Temporal.Instant.from(valid_until));
  const claims = {
    sub: installation.id,
    install_id: installation.install_id ?? installation.id,
    agent_code: installation.agent_code,
    plan,
    features,
    limits,
    fingerprint: installation.fingerprint ?? '',
    valid_until,
    status,
    serial: Number(installation.token_serial),
    directive_version: newestOf(directives),
    iat: Math.floor(now.epochMilliseconds / 1000),
    exp: Math.floor(end.epochMilliseconds / 1000),
  };
  const token = await signToken(claims, await signer.current(kit.db));
  const issued = {
    token,
    plan,
    features,
    limits,
    valid_until,
    grace_until: instantText(end),
    server_time: instantText(now),
  };
  return { issued, directives };
}

const newestOf = (directives: readonly InstallationDirective[]): number =>
  Math.max(0, ...directives.filter(({ role }) => role === 'director').map(({ version }) => version));

/** An installation as the audit log names it. */
export const authorOf = (author: Author, installationId: string): Author => ({
  ...author,
  name: `installation:${installationId}`,
});
