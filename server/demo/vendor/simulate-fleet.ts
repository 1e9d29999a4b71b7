import { fleet as fleetContract } from '#contract';
import type { Kit } from '#kit/kit.ts';
import type { Process } from '../../commands/context.ts';
import { vendorEdition } from '../../editions/vendor.ts';
import { openOffice } from '../office.ts';
import { type Credentials, Fleet, type Send } from './fleet.ts';
import { vendorAdministrator } from './house.ts';
import { firstRelease } from './releases.ts';

/** What is kept of a software house, since keys are shown once. */
export interface Vendor {
  /** The last local date lived. */
  readonly lived: string;
  readonly installation: Credentials;
  /** The other installations, which are simulated. */
  readonly machines: readonly Credentials[];
}

const realBeatMilliseconds = 300_000;

/** Its installations are there, too, until the process is told to stop. */
export async function simulateFleet(process: Process, kit: Kit, vendor: Vendor, url: string): Promise<void> {
  const fleet = await fleetOf(kit, vendor);
  const send: Send = async (path, body) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Record<string, unknown>; // The wire answers with objects alone.
  };
  await fleet.beat(send);
  const { signal } = process;
  const timer = setInterval(() => {
    void fleet.beat(send).catch((error) => {
      if (!signal.aborted) kit.log.warn({ err: error }, 'the simulated fleet could not be heard');
    });
  }, realBeatMilliseconds);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** The simulated installations, with what they ran last. */
export async function fleetOf(kit: Kit, { machines }: Vendor): Promise<Fleet> {
  await using office = await openOffice(kit, vendorEdition(kit));
  const admin = await office.colleague(vendorAdministrator.email);
  const known = await admin.call(fleetContract.listFleet, { query: { per_page: '100' } });
  const versions = new Map(known?.data.map(({ agent_code: code, version }) => [code, version]));
  return new Fleet(
    machines.map((each) => ({ ...each, version: versions.get(each.agent_code) ?? firstRelease.version })),
  );
}
