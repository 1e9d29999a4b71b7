import { mysqlDatabase } from '../../agent/databases/mysql.ts';
import { postgresDatabase } from '../../agent/databases/postgres.ts';

// An agent that restores a copy, to be killed in the middle of it: node restore-child.ts ADDRESS FILE
const [, , address = '', file = ''] = process.argv;
const database = address.startsWith('{')
  ? mysqlDatabase('app', JSON.parse(address))
  : postgresDatabase('app', address);
process.stdout.write('begun\n');
await database.restore(file);
