import { type Clock, instantText } from './clock.ts';
import type { Db } from './db.ts';
import { AppError } from './errors.ts';
import { readSystemState, type SystemState, writeSystemState } from './queries.ts';

/** Refuses every write while it is on: for an update, a restore, or an emergency (spec 5, "stop all writes"). */
export interface ReadOnlyMode {
  /** @throws {AppError} read_only, with the reason given when it was switched on. */
  refuseIfOn(): Promise<void>;
  isOn(): Promise<boolean>;
  state(): Promise<SystemState>;
  /** Switches it for every node of the installation. */
  set(db: Db, on: boolean, reason: string | null): Promise<void>;
}

/** `forced` is the configuration's NADI_READ_ONLY: it holds for this process whatever the database says. */
export function createReadOnlyMode(db: Db, clock: Clock, forced: boolean): ReadOnlyMode {
  const state = async () => (forced ? { read_only: true, reason: null } : await readSystemState(db));
  return {
    state,
    async refuseIfOn() {
      const { read_only: on, reason } = await state();
      if (on) throw refusal(reason);
    },
    async isOn() {
      return (await state()).read_only;
    },
    async set(target, on, reason) {
      await writeSystemState(target, { on, reason, at: instantText(clock.now()) });
    },
  };
}

function refusal(reason: string | null): AppError {
  if (reason === null) return new AppError('read_only', { retryAfter: 60 });
  return new AppError('read_only', {
    retryAfter: 60,
    message: {
      en: `Nadi is read-only: ${reason}. Nothing was changed; try again later.`,
      id: `Nadi sedang hanya-baca: ${reason}. Tidak ada yang diubah; coba lagi nanti.`,
    },
  });
}
