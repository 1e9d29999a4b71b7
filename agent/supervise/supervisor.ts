import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from './ask.ts';
import { end, find } from './launch.ts';
import { maintenanceProgram } from './maintenance.ts';
import { isSame, type Program } from './program.ts';
import { forgetServer, listServers, noteServing, type ServerRow } from './servers.ts';
import { type Server, type Supervision, startBeside, tellToServe } from './start-beside.ts';

const longestAgainMs = 30_000;
const misses = 3;
/** For idle connections where nobody is served afterwards. */
const hurriedMs = 2000;

/**
 * Has one program serve on the sockets of the installation, and puts another in its place with no request lost. The servers go on when
 * this process ends, however it does, and the next supervisor of the same state finds them. Only for the holder of the agent's lock.
 */
export class Supervisor {
  readonly #around: Supervision;
  readonly #stopping = new AbortController();
  readonly #draining = new Map<number, Promise<void>>();
  #serving: Server | undefined;
  #wanted: Program | undefined;
  /** One thing at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(around: Supervision) {
    this.#around = around;
  }

  /** Finds the servers of an agent before: the one that serves goes on, or is started anew; what was on its way in or out goes. */
  static async open(around: Supervision): Promise<Supervisor> {
    mkdirSync(join(around.folder, 'run'), { recursive: true, mode: 0o700 });
    const supervisor = new Supervisor(around);
    for (const row of listServers(around.db)) await supervisor.#takeOver(row);
    return supervisor;
  }

  /** What should be serving; undefined where nothing was ever told to. */
  get wanted(): Program | undefined {
    return this.#wanted;
  }

  /** The servers there are, as they stand. */
  list(): readonly ServerRow[] {
    return listServers(this.#around.db);
  }

  /**
   * Puts a program in the place of what serves now: it is started beside it, proved, begins to serve, and then the other drains. Returns
   * as soon as the new one serves; `drained` waits for the other to be gone. Nothing is done where it serves already.
   * @throws {AgentError} server_not_ready, and then all is as it was
   */
  async switchTo(
    program: Program,
    signal: AbortSignal = this.#stopping.signal,
    idleMs?: number,
  ): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#serving !== undefined && isSame(this.#serving.program, program)) return;
      await this.#start(program, AbortSignal.any([signal, this.#stopping.signal]), idleMs);
    });
  }

  /** As {@link switchTo}; where it does not come up, what serves goes on, and where nothing does it is tried again and again. */
  async keep(program: Program): Promise<void> {
    try {
      await this.switchTo(program);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#around.tell(error instanceof Error ? error.message : String(error));
      if (this.#serving !== undefined) return;
      this.#wanted = program;
      this.#startAgain(program, 1);
    }
  }

  /**
   * Answers everybody with 503 in the place of the application, and returns once nothing of that is at work any more: from here on its
   * databases stand still. Switching to a program ends it.
   */
  async maintain(signal: AbortSignal = this.#stopping.signal): Promise<void> {
    await this.switchTo(maintenanceProgram(), signal, hurriedMs);
    await this.drained();
  }

  /**
   * Starts a program beside what serves, and ends it once it has shown that it could.
   * @throws {AgentError} server_not_ready
   */
  async prove(program: Program, signal: AbortSignal = this.#stopping.signal): Promise<void> {
    await this.#inTurn(async () => {
      const stop = AbortSignal.any([signal, this.#stopping.signal]);
      const server = await startBeside(this.#around, program, stop, async () => {});
      await end(server, this.#around.patience.answerMs);
      forgetServer(this.#around.db, server.id);
    });
  }

  /** Resolves once no server but the serving one is left. */
  async drained(): Promise<void> {
    while (this.#draining.size > 0) await Promise.all(this.#draining.values());
  }

  /** Looks after the servers no longer, and leaves them as they are. */
  async leave(): Promise<void> {
    this.#stopping.abort();
    await this.#turn;
  }

  /** Lets all of them drain and ends them. */
  async stop(): Promise<void> {
    await this.leave();
    const serving = this.#serving;
    this.#serving = undefined;
    // Nobody comes after it whom idle clients could go to.
    if (serving !== undefined) this.#drain(serving, hurriedMs);
    await this.drained();
    for (const { id } of this.list()) forgetServer(this.#around.db, id);
  }

  async #takeOver(row: ServerRow): Promise<void> {
    const found = find(row.pid, row.begun);
    if (row.phase === 'serving') this.#wanted = row.program;
    if (found === undefined) {
      if (row.phase === 'serving') this.#startAgain(row.program, 0);
      else forgetServer(this.#around.db, row.id);
      return;
    }
    const server = { ...row, ...found };
    if (row.phase === 'serving') this.#watch(server);
    else this.#drain(server, undefined);
  }

  async #start(program: Program, signal: AbortSignal, idleMs?: number): Promise<void> {
    const server = await startBeside(this.#around, program, signal, (fresh) =>
      tellToServe(this.#around, fresh),
    );
    const before = this.#serving;
    noteServing(this.#around.db, server.id);
    this.#watch(server);
    this.#around.tell(`${program.version} serves (process ${server.pid})`);
    if (before !== undefined) this.#drain(before, idleMs);
    // What ended by itself and was to be started anew.
    for (const { phase, id } of this.list())
      if (phase === 'draining' && !this.#draining.has(id)) forgetServer(this.#around.db, id);
  }

  #watch(server: Server): void {
    this.#serving = server;
    this.#wanted = server.program;
    void server.ended.then(() => {
      if (this.#serving !== server || this.#stopping.signal.aborted) return;
      this.#around.tell(`${server.program.version} ended by itself (process ${server.pid})`);
      this.#serving = undefined;
      this.#startAgain(server.program, 0);
    });
    void this.#askWhetherItLives(server);
  }

  async #askWhetherItLives(server: Server): Promise<void> {
    const { watchMs, answerMs } = this.#around.patience;
    let missed = 0;
    while (await this.#pause(watchMs)) {
      if (this.#serving !== server) return;
      missed = (await ask(server.standBy, 'GET', '/livez', answerMs)) === undefined ? missed + 1 : 0;
      if (missed < misses || this.#serving !== server || this.#stopping.signal.aborted) continue;
      this.#around.tell(
        `${server.program.version} does not answer any more, and is ended (process ${server.pid})`,
      );
      await end(server, 0);
      return;
    }
  }

  #startAgain(program: Program, tries: number): void {
    void this.#inTurn(async () => {
      const isMeant = this.#wanted !== undefined && isSame(this.#wanted, program);
      if (!isMeant || this.#serving !== undefined || this.#stopping.signal.aborted) return;
      try {
        await this.#start(program, this.#stopping.signal);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#around.tell(error instanceof Error ? error.message : String(error));
        void this.#pause(Math.min(longestAgainMs, this.#around.patience.againMs * 2 ** tries)).then(
          (isOn) => isOn && this.#startAgain(program, tries + 1),
        );
      }
    });
  }

  #drain(server: Server, idleMs: number | undefined): void {
    const { db, patience } = this.#around;
    const work = async () => {
      const query = idleMs === undefined ? '' : `?idle=${idleMs}`;
      const told = await ask(server.standBy, 'POST', `/drain${query}`, patience.answerMs);
      // One that cannot be told has nothing to finish, or will do so when it is asked as any process is.
      if (told === undefined) await end(server, patience.drainMs);
      else await this.#endedWithin(server, patience.drainMs);
      forgetServer(db, server.id);
      this.#draining.delete(server.id);
    };
    this.#draining.set(server.id, work());
  }

  async #endedWithin(server: Server, ms: number): Promise<void> {
    const late = new AbortController();
    const isLate = delay(ms, true, { signal: late.signal }).catch(() => false);
    const was = await Promise.race([server.ended.then(() => false), isLate]);
    late.abort();
    if (was) await end(server, 0);
  }

  /** False once nothing is looked after any more. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stopping;
    return delay(ms, true, { signal, ref: false }).catch(() => false);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
