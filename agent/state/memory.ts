import type { DatabaseSync } from 'node:sqlite';
import type { z } from 'zod';
import { type Clock, instantText } from '../clock.ts';

/** What is remembered under the name, if it has the shape; undefined where nothing is, or a former agent's that is no longer understood. */
export function recall<T>(db: DatabaseSync, name: string, shape: z.ZodType<T>): T | undefined {
  const row = db.prepare('select value from memory where name = ?').get(name);
  return row === undefined ? undefined : shape.safeParse(JSON.parse(String(row.value))).data;
}

export function remember(db: DatabaseSync, clock: Clock, name: string, value: unknown): void {
  db.prepare('insert or replace into memory (name, value, written_at) values (?, ?, ?)').run(
    name,
    JSON.stringify(value),
    instantText(clock.now()),
  );
}

export function forget(db: DatabaseSync, name: string): void {
  db.prepare('delete from memory where name = ?').run(name);
}
