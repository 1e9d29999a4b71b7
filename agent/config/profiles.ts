import type { Needs } from '../update/checks.ts';
import type { Installation } from '../update/installation.ts';

/** What is usual in a kind of application. */
export interface Profile {
  readonly hooks: Installation['hooks'];
  readonly excluded: readonly string[];
  /** Below the tree; in the agent's folder unless told. */
  readonly stages?: string;
  readonly backups?: string;
  /** Paths that are no part of a backup. */
  readonly notBackedUp?: readonly string[];
  readonly needs: Needs;
  readonly layout?: 'releases';
  readonly linked?: readonly string[];
}

const artisan = (...words: readonly string[]) => ({ command: ['php', 'artisan', ...words], seconds: 300 });

const nadi = (seconds: number, ...words: readonly string[]) => ({ command: ['./nadi', ...words], seconds });

/** Shipped (decisions.md, Updates); the excluded paths are spec 2's. */
export const profiles: Readonly<Record<'laravel' | 'nadi', Profile>> = {
  laravel: {
    hooks: {
      maintenanceOn: artisan('down'),
      maintenanceOff: artisan('up'),
      migrate: artisan('migrate', '--force'),
      afterUpdate: ['config:clear', 'route:clear', 'view:clear', 'cache:clear', 'optimize'].map((each) =>
        artisan(each),
      ),
    },
    excluded: ['storage/app/public', 'storage/logs', '.env'],
    stages: 'storage/app/ota-patches',
    backups: 'storage/app/ota-backups',
    needs: {},
  },
  nadi: {
    hooks: {
      maintenanceOn: nadi(120, 'read-only', 'on', '--reason', 'layanan ditutup sementara / closed for now'),
      maintenanceOff: nadi(120, 'read-only', 'off'),
      // The launcher brings the Node and the packages that the release is pinned to.
      prepare: nadi(3600, '--version'),
      migrate: nadi(3600, 'migrate'),
      afterUpdate: [],
    },
    excluded: ['data'],
    // The launcher brings what is installed; the database is copied as such.
    notBackedUp: [
      ...['node_modules', '.runtime'].flatMap((name) => [name, `releases/*/${name}`]),
      ...['postgres', 'postgres-programs', 'run', 'log'].map((name) => `shared/data/${name}`),
    ],
    needs: {},
    layout: 'releases',
    // The launcher puts whole new ones in their place.
    linked: ['node_modules', '.runtime'],
  },
};
