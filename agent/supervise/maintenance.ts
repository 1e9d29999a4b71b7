import { join } from 'node:path';
import type { Program } from './program.ts';

export const maintenanceVersion = 'maintenance';

/** What serves while the application must not be used: it is started, proved and drained as any release is. */
export function maintenanceProgram(): Program {
  return {
    version: maintenanceVersion,
    command: [process.execPath, join(import.meta.dirname, 'maintenance-server.ts')],
    folder: '/',
    environment: {},
  };
}
