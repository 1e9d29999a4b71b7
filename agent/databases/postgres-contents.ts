import type pg from 'pg';
import type { Contents } from './database.ts';

/** Those of the database's owner: not PostgreSQL's, and not made by an extension. */
const own = (catalog: string, oid: string, namespace: string) =>
  `${namespace} in (select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
   and not exists (select from pg_depend where classid = '${catalog}'::regclass and objid = ${oid} and deptype = 'e')`;

/**
 * Counts all that the database holds, in the transaction that the connection is in: rows and a digest of each table, where
 * each sequence stands, and how many there are of everything else.
 */
export async function contentsOfPostgres(client: pg.Client): Promise<Contents> {
  // A row as text must read the same on either side.
  await client.query(`set local search_path = pg_catalog; set local row_security = off; set local datestyle = 'ISO, YMD';
    set local timezone = 'UTC'; set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 3`);
  const counted: Record<string, string> = {};
  const ask = async (sql: string) => (await client.query<{ name: string; is: string }>(sql)).rows;
  const tables = await ask(
    `select format('%I.%I', relnamespace::regnamespace::text, relname) as name, '' as is from pg_class
     where relkind in ('r', 'm') and ${own('pg_class', 'pg_class.oid', 'relnamespace')} order by 1`,
  );
  for (const { name } of tables) {
    const [row] = await ask(
      `select count(*)::text || ' ' || coalesce(sum(hashtextextended(nadi_row::text, 0)::numeric), 0)::text as is from only ${name} nadi_row`,
    );
    counted[name] = row?.is ?? '';
  }
  const others = await ask(`
    select 'relations ' || relkind::text as name, count(*)::text as is from pg_class
      where ${own('pg_class', 'pg_class.oid', 'relnamespace')} group by relkind
    union all
    select 'constraints ' || contype::text, count(*)::text from pg_constraint
      where contype <> 'n' and ${own('pg_constraint', 'pg_constraint.oid', 'connamespace')} group by contype
    union all
    select 'functions', count(*)::text from pg_proc where ${own('pg_proc', 'pg_proc.oid', 'pronamespace')}
    union all
    select 'triggers', count(*)::text from pg_trigger where not tgisinternal
    union all
    select 'extension ' || extname, 'there' from pg_extension`);
  for (const { name, is } of others) counted[name] = is;
  Object.assign(counted, await sequencesOf(client));
  const roles = await ask(
    `select rolname as name, '' as is from pg_roles where rolname !~ '^pg_' order by 1`,
  );
  return { counted, roles: roles.map(({ name }) => name) };
}

/** Where each sequence stands: no transaction holds it still. */
export async function sequencesOf(client: pg.Client): Promise<Readonly<Record<string, string>>> {
  const { rows } = await client.query<{ name: string; is: string }>(
    `select 'sequence ' || format('%I.%I', schemaname, sequencename) as name, coalesce(last_value::text, 'unused') as is from pg_sequences`,
  );
  return Object.fromEntries(rows.map(({ name, is }) => [name, is]));
}
