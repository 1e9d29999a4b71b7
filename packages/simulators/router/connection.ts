import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { FramingError, SentenceDecoder } from './codec.ts';
import { execute, isChange } from './execute.ts';
import type { CommandEffect, ConnectionEffect, Strike } from './faults.ts';
import { LoginSteps } from './login.ts';
import type { Machine } from './machine.ts';
import { Output } from './output.ts';
import { Running } from './running.ts';
import { type Command, parseCommand } from './sentence.ts';

/** One client of the API: takes its sentences, and does its commands side by side as a router does. */
export class Connection {
  readonly #machine: Machine;
  readonly #socket: Socket;
  readonly #number: number;
  readonly #output: Output;
  readonly #decoder = new SentenceDecoder();
  readonly #login: LoginSteps;
  readonly #running = new Set<Running>();
  #ended = false;
  #account: { readonly name: string; readonly readOnly: boolean } | undefined;

  constructor(machine: Machine, socket: Socket, number: number, effects: readonly ConnectionEffect[]) {
    this.#machine = machine;
    this.#socket = socket;
    this.#number = number;
    this.#login = new LoginSteps(machine.world);
    this.#output = new Output(socket, effects, (bytes) => {
      machine.stats.bytesSent += bytes;
    });
    const garbage = effects.find((effect) => effect.do === 'garbage');
    if (garbage !== undefined) this.#output.sendBytes(Buffer.from(garbage.bytes));
    socket.on('data', (piece: Buffer) => this.#receive(piece));
    socket.on('close', () => this.#closed());
  }

  #receive(piece: Buffer): void {
    const { stats } = this.#machine;
    stats.bytesReceived += piece.length;
    this.#machine.tick();
    try {
      for (const words of this.#decoder.push(piece)) {
        if (this.#socket.destroyed || this.#ended) return;
        this.#take(parseCommand(words));
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#socket.destroy();
      return;
    }
    if (!this.#output.full) return;
    // Who does not read is not read from.
    this.#socket.pause();
    void this.#output.drained().then(() => this.#socket.resume());
  }

  #take(command: Command): void {
    this.#machine.stats.count(command.path);
    const strikes = this.#machine.faults.ofCommand(command.path, this.#number);
    const running = new Running(this.#output, command.tag, this.#machine.world.version.major > 6);
    this.#running.add(running);
    if (strikes.length === 0) this.#do(command, running, strikes);
    else void this.#struck(command, running, strikes);
  }

  #do(command: Command, running: Running, strikes: readonly Strike<CommandEffect>[]): void {
    if (command.path === 'login') this.#logIn(command, running);
    else if (this.#account === undefined) this.#fatal('not logged in');
    else if (command.path === 'quit') this.#fatal('session terminated on request');
    else if (command.path === 'cancel') this.#cancel(command, running);
    else if (this.#account.readOnly && (isChange(command) || command.path === 'system/reboot'))
      running.send(['!trap', '=message=not enough permissions (9)'], ['!done']);
    else if (command.path === 'system/reboot') {
      running.send(['!done']);
      this.#machine.reboot();
    } else {
      void this.#execute(command, running, strikes);
      return;
    }
    this.#running.delete(running);
  }

  /** A command that goes on is stopped by /cancel or with its connection; any other is over when it is answered. */
  async #execute(
    command: Command,
    running: Running,
    strikes: readonly Strike<CommandEffect>[],
  ): Promise<void> {
    const goesOn = await execute(this.#machine, command, running, strikes);
    if (!goesOn) this.#running.delete(running);
  }

  async #struck(
    command: Command,
    running: Running,
    strikes: readonly Strike<CommandEffect>[],
  ): Promise<void> {
    const effects = strikes.map(({ effect }) => effect);
    for (const effect of effects) if (effect.do === 'delay') await setTimeout(effect.milliseconds);
    // A router that restarts does no more; a client that went away does not undo what it sent.
    if (this.#machine.life.away) return;
    const reset = effects.find((effect) => effect.do === 'reset');
    if (reset?.when === 'before') {
      this.#socket.resetAndDestroy();
      return;
    }
    const garbage = effects.find((effect) => effect.do === 'garble');
    if (garbage !== undefined) this.#output.sendBytes(Buffer.from(garbage.bytes));
    const fatal = effects.find((effect) => effect.do === 'fatal');
    const instead = answerInstead(command, effects);
    if (fatal !== undefined) this.#fatal(fatal.message);
    else if (instead !== undefined) {
      running.send(instead, ...(instead[0] === '!done' ? [] : [['!done']]));
      this.#running.delete(running);
    } else {
      running.muted = reset !== undefined || effects.some((effect) => effect.do === 'answer nothing');
      this.#do(command, running, strikes);
      if (reset !== undefined) this.#socket.resetAndDestroy();
    }
  }

  #logIn(command: Command, running: Running): void {
    const { world, stats } = this.#machine;
    const from = (this.#socket.remoteAddress ?? '').replace('::ffff:', '');
    const login = this.#login.step(command);
    if (login.is === 'challenge') running.send(['!done', `=ret=${login.ret}`]);
    else if (login.is === 'in') {
      const { name = '', group } = login.account.values;
      this.#account = { name, readOnly: group === 'read' };
      stats.logins += 1;
      world.log('system,info,account', `user ${name} logged in from ${from} via api`);
      running.send(['!done']);
    } else {
      stats.refusedLogins += 1;
      world.log('system,error,critical', `login failure for user ${login.name} from ${from} via api`);
      running.send(['!trap', `=message=${login.message}`], ['!done']);
    }
  }

  #cancel({ attributes }: Command, running: Running): void {
    const tag = attributes.get('tag');
    const others = [...this.#running].filter(
      (other) => other !== running && (tag === undefined || other.tag === tag),
    );
    for (const other of others) other.send(['!trap', '=category=2', '=message=interrupted']);
    running.send(['!done']);
    for (const other of others) {
      other.send(['!done']);
      other.stop();
      this.#running.delete(other);
    }
  }

  #fatal(message: string): void {
    this.#output.send(['!fatal', message]);
    this.#output.end();
    this.#ended = true;
  }

  #closed(): void {
    for (const running of this.#running) running.stop();
    this.#running.clear();
    if (this.#account !== undefined && !this.#machine.life.away)
      this.#machine.world.log('system,info,account', `user ${this.#account.name} logged out via api`);
  }
}

/** What the command is answered with instead of being done. */
function answerInstead(command: Command, effects: readonly CommandEffect[]): string[] | undefined {
  const trap = effects.find((effect) => effect.do === 'trap');
  if (trap !== undefined) {
    const numbered = trap.category === undefined ? [] : [`=category=${trap.category}`];
    return ['!trap', ...numbered, `=message=${trap.message}`];
  }
  if (!effects.some((effect) => effect.do === 'lie') || !isChange(command)) return undefined;
  return ['!done', ...(command.path.endsWith('/add') ? ['=ret=*FFFFFF'] : [])];
}
