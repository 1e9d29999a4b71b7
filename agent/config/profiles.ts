import type { Needs } from '../update/checks.ts';
import type { Installation } from '../update/installation.ts';

/** What is usual in a kind of application. */
export interface Profile {
  readonly hooks: Installation['hooks'];
  readonly excluded: readonly string[];
  /** Below the tree. */
  readonly stages: string;
  readonly backups: string;
  readonly needs: Needs;
}

const artisan = (...words: readonly string[]) => ({ command: ['php', 'artisan', ...words], seconds: 300 });

/** Shipped (decisions.md, Updates); the excluded paths are spec 2's. */
export const profiles: Readonly<Record<'laravel', Profile>> = {
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
};
