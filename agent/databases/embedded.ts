import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, PostgresFault, replaceCluster, startEmbedded } from '#embedded-postgres';
import { AgentError } from '../errors.ts';
import { copyFolder, takeBaseBackup } from './base-backup.ts';
import { type Contents, compareContents, type Database, stoodStill } from './database.ts';
import { type Admin, connect } from './postgres-connection.ts';
import { contentsOfPostgres } from './postgres-contents.ts';
import { startScratchOn } from './scratch-postgres.ts';
import { unpackBase } from './unpack-base.ts';

/** Whoever runs the built-in PostgreSQL, asked to let go of it and to run it again; does nothing where nobody runs it. */
export interface PostgresOwner {
  /** It has ended, and is not started by itself while another process has the data folder. */
  stop(): Promise<void>;
  /** It answers. */
  start(): Promise<void>;
}

export interface EmbeddedPlace {
  readonly dataDir: string;
  readonly owner: PostgresOwner;
  /** Of PostgreSQL, where nobody runs it and it is started for the while. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * The built-in PostgreSQL of a data folder, copied whole by its own base backup while it is written to, and compared in what stood still
 * meanwhile; that every page of the copy is sound is looked at always. A restore exchanges the folder, with the configuration that is there:
 * killed anywhere, the next start finds the old one or the new one. While it is copied the data folder needs room for the copy.
 */
export function embeddedDatabase(name: string, place: EmbeddedPlace): Database {
  const { dataDir, owner } = place;
  const running = async <T>(work: (admin: Admin, url: string) => Promise<T>): Promise<T> => {
    await using server = await reach(place);
    await using admin = await connect(server.url);
    return await work(admin, server.url);
  };
  return {
    name,
    count: () => running(({ client }) => countIn(client)),
    copyTo: (file, signal) =>
      running(async ({ client }, url) => {
        await refuseTablespaces(name, client);
        await using beside = await connect(url);
        // The copy is of a moment while it is taken, which nothing can be counted at.
        const counting = countIn(client);
        counting.catch(() => {});
        await takeBaseBackup(url, beside.client, dataDir, file, signal);
        return { counted: stoodStill(await counting, await countIn(client)) };
      }),
    size: () =>
      running(async ({ client }) => {
        const { rows } = await client.query<{ bytes: string }>(
          `select (select sum(pg_database_size(oid)) from pg_database) + (select sum(size) from pg_ls_waldir()) as bytes`,
        );
        return Number(rows[0]?.bytes);
      }),
    async restore(file) {
      const folder = copyFolder(dataDir);
      await unpackBase(name, file, folder, { durable: true });
      await owner.stop();
      try {
        await replaceCluster({ dataDir, command: 'nadi backup:restore' }, folder);
      } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        throw asAgentError(error);
      } finally {
        await owner.start();
      }
      // It answers before what was there is forgotten.
      await running(({ client }) => client.query('select'));
    },
    async prove(file, contents, scratch, signal) {
      await using server = await startScratchOn(
        (folder, account) => unpackBase(name, file, folder, { owner: account, durable: false, signal }),
        dirname(scratch),
        signal,
        (told) => unsound(name, told),
      );
      await using inside = await connect(server.url);
      try {
        await readAllPages(inside.client);
        compareContents(name, contents, await countIn(inside.client));
      } catch (error) {
        throw error instanceof pg.DatabaseError ? unsound(name, error.message) : error;
      }
    },
  };
}

async function reach({ dataDir, settings = {} }: EmbeddedPlace): Promise<EmbeddedPostgres> {
  try {
    return await startEmbedded({ dataDir, settings, onBusy: 'connect', command: 'nadi backup' });
  } catch (error) {
    throw asAgentError(error);
  }
}

/** What PostgreSQL or its folder needs, as ours. */
export function asAgentError(error: unknown): unknown {
  if (!(error instanceof PostgresFault)) return error;
  return new AgentError('postgres', { en: error.message, id: error.message }, { cause: error });
}

async function countIn(client: pg.Client): Promise<Contents['counted']> {
  await client.query('begin isolation level repeatable read, read only');
  try {
    return (await contentsOfPostgres(client)).counted;
  } finally {
    await client.query('rollback');
  }
}

async function refuseTablespaces(name: string, client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ spcname: string }>(
    `select spcname from pg_tablespace where spcname not in ('pg_default', 'pg_global')`,
  );
  if (rows[0] === undefined) return;
  throw new AgentError('tablespaces', {
    en: `The database ${name} keeps tables outside of its folder, in the tablespace ${rows[0].spcname}, which is not copied. Move them back: alter table … set tablespace pg_default.`,
    id: `Basis data ${name} menyimpan tabel di luar foldernya, di tablespace ${rows[0].spcname}, yang tidak ikut disalin. Pindahkan kembali: alter table … set tablespace pg_default.`,
  });
}

/** Each page has a checksum, which is looked at when it is read; a page of zeros has none, but an index of trees must hold no such one. */
async function readAllPages(client: pg.Client): Promise<void> {
  await client.query('create schema nadi_try');
  await client.query('create extension pg_prewarm schema nadi_try; create extension amcheck schema nadi_try');
  await client.query(
    `select sum(nadi_try.pg_prewarm(oid)) from pg_class where relkind in ('r', 'm', 't', 'i', 'S') and relpersistence = 'p'`,
  );
  await client.query(
    `select count(nadi_try.bt_index_check(indexrelid)) from pg_index join pg_class c on c.oid = indexrelid
     where relam = (select oid from pg_am where amname = 'btree') and relkind = 'i' and relpersistence = 'p' and indisvalid`,
  );
  await client.query('drop schema nadi_try cascade');
}

const unsound = (name: string, told: string) =>
  new AgentError('copy_differs', {
    en: `The copy of the database ${name} was restored to try it, and PostgreSQL cannot use it: ${told.trim()} The copy is not used. Try again; if it happens again, check the disk.`,
    id: `Salinan basis data ${name} dicoba dipulihkan, dan PostgreSQL tidak dapat memakainya: ${told.trim()} Salinan tidak dipakai. Coba lagi; bila terulang, periksa disk.`,
  });
