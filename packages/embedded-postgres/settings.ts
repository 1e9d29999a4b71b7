import { totalmem } from 'node:os';

const machineMb = Math.floor(totalmem() / 1_048_576);
/** An eighth of the machine's memory: it is shared with Nadi and with the system's own cache. */
const buffersMb = Math.min(1024, Math.max(128, Math.floor(machineMb / 8)));

/** Settings for a server of two cores that shares its machine with Nadi; durable. */
const defaults: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: `${buffersMb}MB`,
  effective_cache_size: `${Math.floor(machineMb / 2)}MB`,
  work_mem: '8MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  wal_compression: 'on',
  random_page_cost: '1.1',
  // Compiling a plan costs more than the short queries of an API take.
  jit: 'off',
  // To start a worker costs more than it saves them, and takes the core that another request needs.
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  // Statements and the details of violated constraints hold customers' data and secrets; Nadi logs its own errors.
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** The server's command line for its settings; `own` comes last and wins. */
export function settingArguments(
  socketDir: string,
  own: Readonly<Record<string, string>>,
): readonly string[] {
  const settings = { ...defaults, ...own, unix_socket_directories: socketDir };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** For a database that is thrown away, as the tests' are: speed for durability, and room for many at once. */
export const throwawaySettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};
