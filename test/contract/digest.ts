import type { Pool } from '#kit/db.ts';

/** What a refused sign-in does change: wrong passwords are counted, and recorded. */
const changedByRefusals: Readonly<Record<string, string>> = {
  'public.login_throttles': 'false',
  'public.audit_logs': "action <> 'login.failed'",
};

export interface DatabaseDigest {
  /** The contents of every table, as one hash each: equal before and after means that nothing was changed. */
  take(): Promise<Readonly<Record<string, string>>>;
}

/** Watches all tables there are, those of the job queue too. */
export async function databaseDigest(pool: Pool): Promise<DatabaseDigest> {
  const { rows } = await pool.query<{ name: string; table: string }>(
    `select n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as table
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1`,
  );
  const query = rows
    .map(
      ({ name, table }) =>
        `select '${name}' as name, count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as hash
         from ${table} t where ${changedByRefusals[name] ?? 'true'}`,
    )
    .join(' union all ');
  return {
    async take() {
      const result = await pool.query<{ name: string; hash: string }>(query);
      return Object.fromEntries(result.rows.map((row) => [row.name, row.hash]));
    },
  };
}
