import { instantText, localDate } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { AppError, Language } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { type Components, sameMachine } from '#license-token';
import { raiseAlerts } from '../../alerts/index.ts';
import { recordChanges } from '../../audit/index.ts';
import { readOrganisation } from '../../organisation/index.ts';
import { type InstallationRow, updateInstallationRow } from '../installation-queries.ts';
import type { LicenseRow } from '../license-queries.ts';
import { followed, nextHeartbeat, type Usage, usageOf } from '../rules.ts';
import { requireWorking } from './checks.ts';
import { authorOf, issueToken } from './issue-token.ts';
import { type Known, withInstallation } from './known-by-token.ts';
import type { PairingParts } from './pair.ts';
import { mismatch } from './where.ts';

export interface Beat {
  readonly install_id: string;
  readonly fingerprint: { readonly digest: string; readonly components: Components };
  readonly app_version: string;
  readonly usage: Readonly<Record<string, number>>;
  readonly counter: number;
  readonly client_time?: string | undefined;
  readonly installation_secret?: string | undefined;
}

/**
 * Notes that an installation lives and what it uses, and gives its next token. Its machine may change a part at a time; more at once is
 * another machine.
 * @throws {AppError} of the license wire
 */
export async function heartbeat(parts: PairingParts, call: Call, beat: Beat) {
  const { kit } = parts;
  const { license, installation } = await withInstallation(parts, call, beat, (known) =>
    note(kit, call, known, beat),
  );
  const status = requireWorking(license);
  const { issued, directives } = await issueToken(parts, license, installation, status);
  const { timezone } = await readOrganisation(kit.db);
  return {
    status,
    ...issued,
    directives: [...directives],
    next_heartbeat_at: instantText(nextHeartbeat(installation.id, kit.clock.now(), timezone)),
    overage: overageOf(license, beat.usage, call.language),
  };
}

async function note(
  kit: Kit,
  call: Call,
  { tx, license, installation, at }: Known,
  { fingerprint, app_version, usage, counter }: Beat,
): Promise<{ license: LicenseRow; installation: InstallationRow } | AppError> {
  requireWorking(license);
  const known = installation.components ?? fingerprint.components;
  if (!sameMachine(known, fingerprint.components)) {
    await tellOfOtherMachine(tx, installation, kit, at);
    return mismatch(installation);
  }
  const after = await updateInstallationRow(tx, installation.id, {
    fingerprint: fingerprint.digest,
    components: JSON.stringify(followed(known, fingerprint.components)),
    app_version,
    usage: JSON.stringify(usage),
    counter: String(counter),
    last_heartbeat_at: at,
    updated_at: at,
  });
  const facts = (row: InstallationRow) => ({ fingerprint: row.fingerprint, app_version: row.app_version });
  await recordChanges(tx, kit.clock, authorOf(call.author, installation.id), [
    {
      action: 'installation.changed',
      subjectType: 'installation',
      subjectId: installation.id,
      before: facts(installation),
      after: facts(after),
    },
  ]);
  if (license.overage === 'notify') await tellOfOverage(tx, kit, license, installation, usage, at);
  return { license, installation: after };
}

const overIn = (license: LicenseRow, usage: Beat['usage']): Usage[] =>
  usageOf(license.limits, usage).filter(({ over }) => over);

const overageWords: Readonly<Record<LicenseRow['overage'], Readonly<Record<Language, string>>>> = {
  warn: {
    en: 'Everything works on. Please take a larger plan.',
    id: 'Semuanya tetap berjalan. Sebaiknya ganti ke paket yang lebih besar.',
  },
  notify: {
    en: 'Everything works on. We were told and will call you about a larger plan.',
    id: 'Semuanya tetap berjalan. Kami sudah diberi tahu dan akan menghubungi Anda tentang paket yang lebih besar.',
  },
  refuse: {
    en: 'What is there works on, but no more can be added before you take a larger plan.',
    id: 'Yang sudah ada tetap berjalan, tetapi tidak bisa menambah sebelum ganti ke paket yang lebih besar.',
  },
};

function overageOf(license: LicenseRow, usage: Beat['usage'], language: Language) {
  const exceeded = overIn(license, usage);
  if (exceeded.length === 0) return null;
  const list = exceeded.map(({ name, used, limit }) => `${name} ${used}/${limit}`).join(', ');
  const above = { en: `Above the plan: ${list}.`, id: `Melebihi paket: ${list}.` };
  return {
    rule: license.overage,
    exceeded,
    message: `${above[language]} ${overageWords[license.overage][language]}`,
  };
}

/** Tells the vendor, once a month for each limit. */
async function tellOfOverage(
  tx: Tx,
  kit: Kit,
  license: LicenseRow,
  installation: InstallationRow,
  usage: Beat['usage'],
  at: string,
): Promise<void> {
  const month = localDate(kit.clock.now(), 'UTC').toPlainYearMonth().toString();
  const alerts = overIn(license, usage).map(({ name, used, limit }) => ({
    type: 'license',
    severity: 'info' as const,
    title: `${license.customer.name}: ${name} melebihi lisensi`,
    message: `${installation.hostname ?? installation.agent_code} memakai ${used} ${name}; lisensinya ${limit}.`,
    meta: { license_id: license.id, installation_id: installation.id, name, used, limit },
    once_for: `license-overage:${license.id}:${name}:${month}`,
    subject: `license:${license.id}`,
  }));
  await raiseAlerts(tx, alerts, at);
}

/** Tells the vendor, once a day, that an installation's token came from another machine. */
async function tellOfOtherMachine(tx: Tx, row: InstallationRow, kit: Kit, at: string): Promise<void> {
  const day = localDate(kit.clock.now(), 'UTC').toString();
  await raiseAlerts(
    tx,
    [
      {
        type: 'license',
        severity: 'warning',
        title: `Instalasi ${row.agent_code} melapor dari mesin lain`,
        message: `Perangkat keras "${row.hostname ?? row.agent_code}" berubah lebih dari yang dapat diikuti. Pemiliknya diminta memindahkan lisensi.`,
        meta: { installation_id: row.id, license_id: row.license_id },
        once_for: `license-machine:${row.id}:${day}`,
        subject: `installation:${row.id}`,
      },
    ],
    at,
  );
}
