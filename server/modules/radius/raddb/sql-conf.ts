import { type Connection, libpqPlace } from './connection.ts';
import { quoted } from './quote.ts';
import { threads } from './radiusd-conf.ts';

/** One for each thread, and some for those that are being replaced. */
const connections = threads + 4;

/**
 * The module `nadi_sql`, which authorises and accounts, and `nadi_log`, which notes answers. Every query is prepared once a
 * connection. One of them lets somebody in: the view `radius.login` gives each account all it has, so groups are not read.
 * A lost note of an answer is no harm, so the log does not wait for the disk; accounting does.
 */
export function sqlConf(connection: Connection): string {
  return `${instance('nadi_sql', connection, [
    'set plan_cache_mode = force_generic_plan',
    'set statement_timeout = 3000',
    `prepare nadi_login (text) as select id, username, attribute, value, op from radius.login where username = $1`,
    `prepare nadi_elsewhere (text, text) as select radius.sessions_elsewhere($1, $2)`,
    `prepare nadi_account (${accountTypes}) as select radius.account(${accountTypes.split(', ').map((_, index) => `$${index + 1}`)})`,
    `prepare nadi_restarted (text, text, bigint, bigint) as select radius.nas_restarted($1, $2, $3, $4)`,
  ])}
  # What is answered stands among what is checked, and is copied from control once it is an accept.
  authorize_check_query = "execute nadi_login('%{SQL-User-Name}')"
  simul_count_query = "execute nadi_elsewhere('%{SQL-User-Name}', '%{Calling-Station-Id}')"
  accounting {
    reference = "%{tolower:type.%{Acct-Status-Type}.query}"
    type {
      start {
        query = "${accountQuery}"
      }
      interim-update {
        query = "\${..start.query}"
      }
      stop {
        query = "\${..start.query}"
      }
      accounting-on {
        query = "execute nadi_restarted('%{client:nadi_router}', '${nasAddress}', %l, '%{%{Acct-Delay-Time}:-0}')"
      }
      accounting-off {
        query = "\${..accounting-on.query}"
      }
    }
  }
}

${instance('nadi_log', connection, [
  'set synchronous_commit = off',
  'set plan_cache_mode = force_generic_plan',
  'set statement_timeout = 3000',
  'prepare nadi_answered (text, text, text, text, text, bigint) as select radius.answered($1, $2, $3, $4, $5, $6)',
])}
  accounting {
  }
  post-auth {
    reference = ".query"
    query = "execute nadi_answered('%{SQL-User-Name}', '%{reply:Packet-Type}', '%{Module-Failure-Message}', '%{client:nadi_router}', '%{Calling-Station-Id}', %l)"
  }
}
`;
}

function instance(name: string, connection: Connection, statements: readonly string[]): string {
  return `sql ${name} {
  dialect = "postgresql"
  driver = "rlm_sql_postgresql"
  postgresql {
    send_application_name = no
  }
  radius_db = ${quoted(libpqPlace(connection))}
  # Apart from the place, which FreeRADIUS writes to its log.
  login = ${quoted(connection.user)}
  password = ${quoted(connection.password)}
  read_groups = no
  read_profiles = no
  read_clients = no
  delete_stale_sessions = no
  # What a packet says stands in a query as it is, quoted by PostgreSQL's own library.
  auto_escape = yes
  sql_user_name = "%{User-Name}"
  group_attribute = "${name}-Group"
  open_query = ${quoted(statements.join('; '))}
  pool {
    # None at the start: FreeRADIUS comes up also while the database is away.
    start = 0
    min = 0
    max = ${connections}
    spare = ${connections}
    uses = 0
    retry_delay = 2
    lifetime = 0
    idle_timeout = 0
    connect_timeout = 3
  }`;
}

const nasAddress =
  '%{%{NAS-IPv6-Address}:-%{%{NAS-IP-Address}:-%{%{Packet-Src-IPv6-Address}:-%{Packet-Src-IP-Address}}}}';

const text = (value: string) => [value, 'text'] as const;
const number = (value: string) => [`%{%{${value}}:-0}`, 'bigint'] as const;

/** The arguments of radius.account, in its order. */
const accountArguments = [
  text('%{client:nadi_router}'),
  text('%{Acct-Status-Type}'),
  text('%{Acct-Unique-Session-Id}'),
  text('%{Acct-Session-Id}'),
  text('%{SQL-User-Name}'),
  text(nasAddress),
  text('%{%{NAS-Port-Id}:-%{NAS-Port}}'),
  text('%{NAS-Port-Type}'),
  ['%l', 'bigint'] as const,
  number('Acct-Delay-Time'),
  number('Acct-Session-Time'),
  number('Acct-Input-Octets'),
  number('Acct-Input-Gigawords'),
  number('Acct-Output-Octets'),
  number('Acct-Output-Gigawords'),
  text('%{Called-Station-Id}'),
  text('%{Calling-Station-Id}'),
  text('%{Acct-Terminate-Cause}'),
  text('%{Service-Type}'),
  text('%{Framed-Protocol}'),
  text('%{Framed-IP-Address}'),
  text('%{Framed-IPv6-Address}'),
  text('%{Framed-IPv6-Prefix}'),
  text('%{Delegated-IPv6-Prefix}'),
  text('%{string:Class}'),
];
const accountTypes = accountArguments.map(([, type]) => type).join(', ');
const accountQuery = `execute nadi_account(${accountArguments.map(([value]) => `'${value}'`).join(', ')})`;
