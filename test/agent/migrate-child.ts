import { DatabaseSync } from 'node:sqlite';

// A migration that is not one transaction, as most are not: node migrate-child.ts DATABASE
const db = new DatabaseSync(process.argv[2] ?? '');
db.exec('alter table users add column phone text');
db.exec(`update users set phone = '0812' || id`);
db.exec('create table bills (id integer primary key)');
db.close();
