export interface SiteOptions {
  readonly port: number;
  readonly accountingPort: number;
  /** Whether to listen on IPv6 as well; FreeRADIUS does not start where the machine has none. */
  readonly ipv6: boolean;
  /** Seconds after which routers tell how much a session has used. */
  readonly interimSeconds: number;
}

/** What the view radius.login gives to be answered; what it does not give is not there to be copied. */
const answered = [
  'Mikrotik-Rate-Limit',
  'Mikrotik-Group',
  'Mikrotik-Address-List',
  'Framed-IP-Address',
  'Framed-Pool',
  'Framed-IPv6-Prefix',
  'Framed-IPv6-Pool',
  'Delegated-IPv6-Prefix',
  'Mikrotik-Delegated-IPv6-Pool',
  'Class',
];

/** The one virtual server: PAP, CHAP and MS-CHAP against the views, and accounting. */
export function siteConf({ port, accountingPort, ipv6, interimSeconds }: SiteOptions): string {
  const listen = (type: string, at: number) =>
    ['ipaddr = *', ...(ipv6 ? ['ipv6addr = ::'] : [])]
      .map((address) => `  listen {\n    type = ${type}\n    ${address}\n    port = ${at}\n  }\n`)
      .join('');
  return `server nadi {
${listen('auth', port)}${listen('acct', accountingPort)}
  authorize {
    if (!&User-Name) {
      reject
    }
    nadi_sql {
      fail = 1
    }
    # Without the database nobody is refused: a router that gets no answer asks its next server.
    if (fail) {
      update control {
        &Response-Packet-Type := Do-Not-Respond
      }
      handled
    }
    if (notfound) {
      update request {
        &Module-Failure-Message := "No such account for this service"
      }
      reject
    }
    chap
    mschap
    pap
  }

  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type CHAP {
      chap
    }
    Auth-Type MS-CHAP {
      mschap
    }
  }

  session {
    nadi_sql
  }

  post-auth {
    update reply {
      &Message-Authenticator := 0x00
${answered.map((name) => `      &${name} := &control:${name}`).join('\n')}
      &Acct-Interim-Interval := ${interimSeconds}
    }
    nadi_log {
      fail = 1
      invalid = 1
    }
    Post-Auth-Type REJECT {
      update reply {
        &Message-Authenticator := 0x00
        &Reply-Message := &control:Reply-Message
      }
      nadi_log {
        fail = 1
        invalid = 1
      }
    }
  }

  preacct {
    # Of the router by its own name here, so that two routers behind one address are told apart by nothing they say.
    update request {
      &Acct-Unique-Session-Id := "%{md5:%{client:nadi_router},%{User-Name},%{Acct-Session-Id}}"
    }
  }

  # What could not be stored is not acknowledged: the router sends it again.
  accounting {
    nadi_sql
  }
}
`;
}
