import type { ClientBase, Pool } from 'pg';

const ours = "n.nspname in ('public', 'radius', 'graphile_worker')";
/** Partitions are made with the rows they hold, not by migrations. */
const notPartition = 'not c.relispartition';
const notOfExtension = (table: string, oid: string) =>
  `not exists (select from pg_depend d where d.classid = '${table}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

/** For each kind of thing a query that tells all there is to know of each, as text. */
const kinds: Readonly<Record<string, string>> = {
  extension: `select format('%s %s', extname, extversion) from pg_extension`,
  schema: `select format('%s %s', nspname, nspacl) from pg_namespace n where ${ours}`,
  relation: `
    select format('%s %s %s %s %s %s rls=%s', c.relkind, c.oid::regclass, c.relpersistence, c.reloptions, c.relacl,
      case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end, c.relrowsecurity)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${notPartition} and ${notOfExtension('pg_class', 'c.oid')}`,
  column: `
    select format('%s.%s #%s %s null=%s default=%s identity=%s generated=%s collation=%s', a.attrelid::regclass, a.attname,
      row_number() over (partition by a.attrelid order by a.attnum), format_type(a.atttypid, a.atttypmod), not a.attnotnull,
      pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attcollation::regcollation)
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where ${ours} and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped and ${notPartition}
      and ${notOfExtension('pg_class', 'c.oid')}`,
  constraint: `
    select format('%s %s %s valid=%s', conrelid::regclass, conname, pg_get_constraintdef(o.oid), convalidated)
    from pg_constraint o join pg_namespace n on n.oid = o.connamespace
    where ${ours} and not exists (select from pg_class c where c.oid = o.conrelid and c.relispartition)`,
  index: `
    select format('%s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid)
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where ${ours} and ${notPartition}`,
  sequence: `
    select format('%s %s start=%s by=%s max=%s cycle=%s', s.seqrelid::regclass, format_type(s.seqtypid, null), s.seqstart,
      s.seqincrement, s.seqmax, s.seqcycle)
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace where ${ours}`,
  function: `
    select format('%s %s', pg_get_functiondef(p.oid), p.proacl) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where ${ours} and p.prokind in ('f', 'p', 'w') and ${notOfExtension('pg_proc', 'p.oid')}`,
  trigger: `
    select format('%s enabled=%s', pg_get_triggerdef(t.oid), t.tgenabled)
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where ${ours} and not t.tgisinternal`,
  type: `
    select format('%s %s base=%s %s', t.oid::regtype, t.typtype, format_type(t.typbasetype, t.typtypmod),
      (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum e where e.enumtypid = t.oid))
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where ${ours} and t.typtype in ('e', 'd', 'r') and ${notOfExtension('pg_type', 't.oid')}`,
  policy: `select format('%s.%s %s %s %s %s', tablename, policyname, cmd, roles, qual, with_check) from pg_policies`,
  comment: `
    select format('%s %s %s', c.oid::regclass, d.objsubid, d.description) from pg_description d
    join pg_class c on d.classoid = 'pg_class'::regclass and c.oid = d.objoid join pg_namespace n on n.oid = c.relnamespace
    where ${ours}`,
  migration: `select format('%s %s', name, checksum) from public.schema_migrations`,
};

/** All that the schema of a database is made of, a sorted line each; equal lists mean equal schemas. */
export async function catalogOf(db: Pool | ClientBase): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [kind, query] of Object.entries(kinds)) {
    const { rows } = await db.query<[string]>({ text: query, rowMode: 'array' });
    lines.push(...rows.map(([text]) => `${kind}: ${text}`));
  }
  return lines.sort();
}
