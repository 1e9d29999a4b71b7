import { quoted } from './quote.ts';

/** The first line of every file we write: what lacks it is not ours to write over. */
export const mark = '# Written by "nadi radius:config". Changes here are lost when it runs again.';

/** Enough for the commits of accounting to share a write to disk, and few enough for a database of 100 connections. */
export const threads = 20;

/** The main file. `folder` is where it stands. */
export function radiusdConf(folder: string): string {
  return `name = radiusd
prefix = ${quoted(folder)}
localstatedir = ${quoted(folder)}
raddbdir = ${quoted(folder)}
confdir = \${raddbdir}
modconfdir = \${raddbdir}/mods-config
certdir = \${raddbdir}
cadir = \${raddbdir}
logdir = \${raddbdir}/log
radacctdir = \${raddbdir}/log
run_dir = \${raddbdir}/run
db_dir = \${raddbdir}/run
pidfile = \${run_dir}/radiusd.pid

max_request_time = 10
cleanup_delay = 5
max_requests = 65536
hostname_lookups = no
regular_expressions = yes
extended_expressions = yes
proxy_requests = no

log {
  destination = files
  file = \${logdir}/radius.log
  syslog_facility = daemon
  stripped_names = no
  auth = no
  auth_badpass = no
  auth_goodpass = no
}

security {
  allow_core_dumps = no
  max_attributes = 200
  # RouterOS waits 300 ms for an answer: one that is held back would be asked for again and again.
  reject_delay = 0
  status_server = yes
}

# Each has a connection to the database at hand: one that finds none would leave its request unanswered.
thread pool {
  start_servers = ${threads}
  max_servers = ${threads}
  min_spare_servers = 1
  max_spare_servers = ${threads}
  max_queue_size = 65536
  max_requests_per_server = 0
  auto_limit_acct = no
}

modules {
  $INCLUDE mods-enabled/
}

instantiate {
}

$INCLUDE clients.conf
$INCLUDE sites-enabled/
`;
}

/** The modules beside SQL. */
export const otherModules: Readonly<Record<string, string>> = {
  always: 'always reject {\n  rcode = reject\n}\nalways handled {\n  rcode = handled\n}\n',
  chap: 'chap {\n}\n',
  expr: 'expr {\n}\n',
  mschap:
    'mschap {\n  use_mppe = yes\n  require_encryption = no\n  require_strong = no\n  with_ntdomain_hack = no\n}\n',
  pap: 'pap {\n  normalise = no\n}\n',
};
