import { type Connection, escapeId, type RowDataPacket } from 'mysql2/promise';

/** Counts all that a database holds: rows and a digest of each table, and how many there are of everything else. */
export async function contentsOfMysql(
  connection: Connection,
  database: string,
): Promise<Readonly<Record<string, string>>> {
  const ask = async (sql: string, values: string[] = [database]) => {
    const [rows] = await connection.query<RowDataPacket[]>(sql, values);
    return rows.map((row) => ({ name: String(row.name), is: String(row.is) }));
  };
  const counted: Record<string, string> = {};
  await connection.query(`set session group_concat_max_len = 1000000, time_zone = '+00:00'`);
  const tables = await ask(
    `select table_name as name, '' as \`is\` from information_schema.tables
     where table_schema = ? and table_type = 'BASE TABLE' order by 1`,
  );
  for (const { name } of tables) {
    const columns = await ask(
      `select column_name as name, '' as \`is\` from information_schema.columns where table_schema = ? and table_name = ? order by ordinal_position`,
      [database, name],
    );
    // Of a number, hex() alone would give the whole part. A null is not an empty text, and where one column ends and the next begins matters.
    const row = columns
      .map(({ name: column }) => escapeId(column, true))
      .map((column) => `ifnull(hex(cast(${column} as binary)), '-')`);
    const digest = `cast(conv(left(sha2(concat_ws(',', ${row.join(', ')}), 256), 12), 16, 10) as unsigned)`;
    const [found] = await ask(
      `select '' as name, concat(count(*), ' ', coalesce(sum(${digest}), 0)) as \`is\` from ${escapeId(database, true)}.${escapeId(name, true)}`,
      [],
    );
    counted[`table ${name}`] = found?.is ?? '';
  }
  const others = await ask(
    `select concat('routine ', routine_name) as name, routine_type as \`is\` from information_schema.routines where routine_schema = ?
     union all select concat('trigger ', trigger_name), event_object_table from information_schema.triggers where trigger_schema = ?
     union all select concat('view ', table_name), 'there' from information_schema.views where table_schema = ?
     union all select concat('indexes of ', table_name), count(*) from information_schema.statistics where table_schema = ? group by table_name
     union all select concat('columns of ', table_name), count(*) from information_schema.columns where table_schema = ? group by table_name`,
    Array.from({ length: 5 }, () => database),
  );
  for (const { name, is } of others) counted[name] = is;
  return counted;
}
