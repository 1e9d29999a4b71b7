import { organisation } from '#contract';
import { localDate } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { removeLogo, setLogo } from './change-logo.ts';
import type { OrganisationHooks } from './hooks.ts';
import { findLogo } from './logo-queries.ts';
import { presentLogo, presentLogoFile, presentOrganisation } from './present.ts';
import { readOrganisation } from './queries.ts';
import { updateOrganisation } from './update-organisation.ts';

export type { OrganisationHooks } from './hooks.ts';
export { findLogo } from './logo-queries.ts';
export { presentLogoFile } from './present.ts';
export { type OrganisationRow, readOrganisation } from './queries.ts';

/** Today's date where the organisation is, YYYY-MM-DD: the only "today" that billing knows. */
export async function organisationToday(kit: Kit, db: Db = kit.db): Promise<string> {
  const { timezone } = await readOrganisation(db);
  return localDate(kit.clock.now(), timezone).toString();
}

/** The organisation's local date of an instant (RFC 3339). */
export async function localDay(db: Db, instant: string): Promise<string> {
  const { timezone } = await readOrganisation(db);
  return localDate(Temporal.Instant.from(instant), timezone).toString();
}

export function organisationModule(kit: Kit, hooks: OrganisationHooks): Module {
  return {
    name: 'organisation',
    routes: routes(organisation, {
      showOrganisation: async () => presentOrganisation(await readOrganisation(kit.db)),
      updateOrganisation: async ({ body }, call) =>
        presentOrganisation(await updateOrganisation(kit, hooks, call.author, body)),
      showOrganisationLogo: async () => {
        const logo = await findLogo(kit.db);
        if (!logo) throw new AppError('not_found');
        return presentLogoFile(logo);
      },
      setOrganisationLogo: async ({ body }, call) => presentLogo(await setLogo(kit, call.author, body.image)),
      removeOrganisationLogo: (_, call) => removeLogo(kit, call.author),
    }),
  };
}
