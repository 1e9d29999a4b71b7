import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Blow, Call } from './strike-calls.ts';
import { StruckProcess } from './struck-process.ts';
import {
  act,
  backUp,
  digestOf,
  digestOfTree,
  makeWorld,
  onward,
  recoverOnly,
  type Scenario,
  spoil,
  type World,
} from './update-world.ts';
import { type WorldServer, worldDatabases } from './world-databases.ts';

/** An agent that is struck. */
export const struckAgent = () => new StruckProcess(join(import.meta.dirname, 'update-child.ts'));
const roomBytes = 512 * 1024 * 1024;

/** Memory where there is room: nothing here has to outlive a power cut. */
function fastFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > roomBytes ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** What a scenario is from, to, and what was called meanwhile. */
export interface Prepared {
  readonly fresh: World;
  readonly done: World;
  /** What a world may be in the end. */
  readonly old: string;
  readonly updated: string;
  /** Where the update after it leads. */
  readonly further: string;
  readonly calls: readonly Call[];
}

/** How a struck world ended. */
export interface End {
  readonly is: 'old' | 'new';
  /** The struck process itself came to an end. */
  readonly byItself: boolean;
}

/** Worlds of one database and one layout, and what is done to them. */
export class Worlds implements AsyncDisposable {
  readonly #base = mkdtempSync(join(fastFolder(), 'nadi-agent-'));
  readonly #database: World['database'];
  readonly #layout: World['layout'];
  readonly #server: string;
  readonly #struck = struckAgent();
  readonly #prepared = new Map<Scenario, Promise<Prepared>>();
  #count = 0;

  constructor(database: World['database'], layout: World['layout'], server: WorldServer) {
    this.#database = database;
    this.#layout = layout;
    this.#server = server.address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#struck[Symbol.asyncDispose]();
    for (const name of readdirSync(this.#base)) await this.#drop(this.#at(name));
    rmSync(this.#base, { recursive: true, force: true });
  }

  prepare(scenario: Scenario): Promise<Prepared> {
    const known = this.#prepared.get(scenario) ?? this.#prepare(scenario);
    this.#prepared.set(scenario, known);
    return known;
  }

  /** Strikes once, in a world of its own: it must end as it was or as it shall be, with nothing left over, and go on from there. */
  async strike(scenario: Scenario, blow: Blow, by: StruckProcess): Promise<End> {
    const { fresh, old, updated, further } = await this.prepare(scenario);
    const world = await this.#clone(fresh, `struck-${++this.#count}`);
    const where = `${JSON.stringify(blow)}`;
    const said = await by.work({ world, scenario }, blow);
    // Some are killed again while they recover, anywhere.
    if (blow.strike === 'kill' && this.#count % 3 === 0)
      await by.work({ world }, { strike: 'kill', call: (this.#count * 7) % 100 });
    await recoverOnly(world);
    const end = await digestOf(world);
    const isNew = end === updated && scenario !== 'verify';
    assert.ok(end === old || isNew, `${where}: ${end}, neither ${old} nor ${updated}`);
    if (isNew) {
      await onward(world);
      assert.equal(await digestOf(world), further, `${where}, the next one`);
    } else {
      await act(world, scenario, 'true');
      assert.equal(await digestOf(world), updated, `${where}, the same again`);
    }
    assert.deepEqual(leftIn(world), [], where);
    await this.#drop(world);
    return { is: isNew ? 'new' : 'old', byItself: said !== undefined && 'calls' in said };
  }

  async #prepare(scenario: Scenario): Promise<Prepared> {
    const fresh = await this.#freshFor(scenario);
    const old = await digestOf(fresh);
    const done = await this.#clone(fresh, `${scenario}-done`);
    const said = await this.#struck.work({ world: done, scenario }, undefined);
    if (said === undefined || 'failed' in said) throw new Error(said?.failed ?? 'It ended early.');
    if (scenario === 'verify') {
      assert.equal(await digestOf(done), old);
      const { updated, further } = await this.prepare('migrate');
      return { fresh, done, old, updated, further, calls: said.calls };
    }
    const updated = await digestOf(done);
    assert.notEqual(updated, old);
    if (scenario === 'restore') await this.#isTheBackup(done, fresh);
    const next = await this.#clone(done, `${scenario}-next`);
    await onward(next);
    return { fresh, done, old, updated, further: await digestOf(next), calls: said.calls };
  }

  async #freshFor(scenario: Scenario): Promise<World> {
    if (scenario === 'update') {
      const world = this.#at('fresh');
      await makeWorld(world);
      await backUp(world);
      return world;
    }
    if (scenario === 'migrate' || scenario === 'verify') return (await this.prepare('update')).fresh;
    const { done } = await this.prepare(scenario === 'rollback' ? 'update' : 'migrate');
    if (scenario === 'restore') spoil(done);
    return done;
  }

  /** All is as when the backup was made, but for releases that it does not know: they are as they were. */
  async #isTheBackup(restored: World, before: World): Promise<void> {
    const { fresh: backed } = await this.prepare('update');
    const rows = async (world: World) => (await digestOf(world)).split(' ').slice(1);
    assert.deepEqual(await rows(restored), await rows(backed));
    const unknown = 'app/releases/1.1.0';
    assert.equal(digestOfTree(restored.folder, unknown), digestOfTree(backed.folder));
    if (this.#layout !== 'releases') return;
    assert.equal(readlinkSync(join(restored.folder, 'app/current')), 'releases/1.0.0');
    const onlyThat = (world: World) => digestOfTree(world.folder, '', unknown);
    assert.equal(onlyThat(restored), onlyThat(before));
  }

  #at(name: string): World {
    const folder = join(this.#base, name);
    return { folder, layout: this.#layout, database: this.#database, server: this.#server };
  }

  async #clone(from: World, name: string): Promise<World> {
    const to = this.#at(name);
    cpSync(from.folder, to.folder, { recursive: true, verbatimSymlinks: true });
    await worldDatabases[this.#database].copy(from.folder, to.folder, this.#server);
    return to;
  }

  async #drop(world: World): Promise<void> {
    await worldDatabases[this.#database].drop(world.folder, this.#server);
    rmSync(world.folder, { recursive: true, force: true });
  }
}

/** Nothing of a transaction or a proof outlives it. */
function leftIn({ folder }: World): readonly string[] {
  const names = readdirSync(join(folder, 'agent'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /^(stage|rollback|restore|scratch)(\/|$)|\.part$/.test(name));
}
