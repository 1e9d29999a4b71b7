import { type Client, clientsConf } from './clients-conf.ts';
import type { Connection } from './connection.ts';
import { mark, otherModules, radiusdConf } from './radiusd-conf.ts';
import { type SiteOptions, siteConf } from './site-conf.ts';
import { sqlConf } from './sql-conf.ts';

export interface RaddbOptions extends SiteOptions {
  /** Where the files will stand: an absolute path. */
  readonly folder: string;
  readonly connection: Connection;
  readonly clients: readonly Client[];
  /** Whether requests without a Message-Authenticator are dropped. Answers always have one. */
  readonly requireMessageAuthenticator: boolean;
}

/** A complete configuration of FreeRADIUS 3.2: texts by path. It includes nothing of the distribution's but dictionaries. */
export function raddbFiles(options: RaddbOptions): ReadonlyMap<string, string> {
  const texts: Readonly<Record<string, string>> = {
    'radiusd.conf': radiusdConf(options.folder),
    'clients.conf': clientsConf(options.clients, options.requireMessageAuthenticator),
    dictionary: '',
    'mods-enabled/sql': sqlConf(options.connection),
    ...Object.fromEntries(Object.entries(otherModules).map(([name, text]) => [`mods-enabled/${name}`, text])),
    'sites-enabled/nadi': siteConf(options),
  };
  return new Map(Object.entries(texts).map(([path, text]) => [path, `${mark}\n\n${text}`]));
}
