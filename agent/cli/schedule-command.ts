import { AgentError, type Said } from '../errors.ts';
import { sourceOf } from '../sources/source-of.ts';
import { checkOrRecall } from '../update/check.ts';
import { chooseUpdate, chosenUpdate, forgetChosen } from '../update/chosen.ts';
import { judged, offered } from '../update/due.ts';
import { refuseUnwanted } from '../update/judge.ts';
import type { Judgement } from '../update/schedule.ts';
import {
  type AddCommand,
  type Common,
  type Finish,
  looking,
  type Opened,
  type Process,
  type Result,
} from './context.ts';
import { momentOf } from './moment.ts';
import { checkedResult, userOf } from './update.ts';

interface Options extends Common {
  readonly at?: string;
  readonly cancel?: boolean;
}

/** When an update is applied without anybody being there. */
export function addSchedule(add: AddCommand, process: Process, finish: Finish): void {
  add(
    'update:schedule',
    'Choose the moment at which the update that is there is applied, or tell what is planned',
  )
    .option('--at <time>', 'such as 02:00, 2026-11-23 02:00 or 2026-11-23T02:00+07:00')
    .option('--cancel', 'do not apply it then')
    .action((options: Options) =>
      finish(options, () =>
        looking(process, options, (opened) => {
          if (options.cancel) return cancel(opened);
          return options.at === undefined ? plan(opened) : choose(process, opened, options.at);
        }),
      ),
    );
}

async function choose(process: Process, opened: Opened, text: string): Promise<Result> {
  const { config, db, clock } = opened;
  const { timeZone } = config.schedule;
  const at = momentOf(text, timeZone, clock.now());
  const checked = await checkOrRecall({ ...opened, source: sourceOf(opened) });
  if (checked.is !== 'offer') return checkedResult(checked);
  const { version } = checked.offer;
  refuseUnwanted(checked.offer, checked.current, { db, clock, config, isForced: false });
  chooseUpdate(db, clock, { version, at, by: userOf(process), fault: undefined });
  return {
    lines: [chosenWords(version, at, timeZone), condition],
    json: { status: 'chosen', version, at: at.toString() },
  };
}

function cancel({ db }: Opened): Result {
  const chosen = chosenUpdate(db);
  if (chosen === undefined)
    throw new AgentError('nothing_chosen', {
      en: 'No moment was chosen, so there is nothing to cancel.',
      id: 'Belum ada waktu yang dipilih, jadi tidak ada yang dibatalkan.',
    });
  forgetChosen(db);
  const { version } = chosen;
  return {
    lines: [{ en: `${version} is not applied then.`, id: `${version} tidak jadi dipasang pada waktu itu.` }],
    json: { status: 'cancelled', version },
  };
}

function plan(opened: Opened): Result {
  const { db, config } = opened;
  const { unattended, windows, timeZone } = config.schedule;
  const chosen = chosenUpdate(db);
  const offer = offered(opened);
  const judgement = offer === undefined ? undefined : judged(opened, offer);
  const json = {
    chosen:
      chosen === undefined ? null : { version: chosen.version, at: chosen.at.toString(), by: chosen.by },
    unattended,
    windows,
    time_zone: timeZone,
    offered: offer?.version ?? null,
    by_itself: judgement?.is ?? null,
    at: judgement?.is === 'later' ? judgement.at.toString() : null,
  };
  const lines: Said[] = [
    chosen === undefined
      ? { en: 'No moment was chosen.', id: 'Belum ada waktu yang dipilih.' }
      : chosenWords(chosen.version, chosen.at, timeZone),
    unattended === 'none'
      ? { en: 'Nothing is applied by itself.', id: 'Tidak ada yang dipasang dengan sendirinya.' }
      : { en: `By itself up to: ${unattended}.`, id: `Dengan sendirinya sampai: ${unattended}.` },
    ...(offer === undefined || judgement === undefined || chosen !== undefined
      ? []
      : [itselfWords(offer.version, judgement, timeZone)]),
  ];
  return { lines, json };
}

/** `2026-11-23 02:00 (Asia/Jakarta)`. */
function shown(at: Temporal.Instant, timeZone: string): string {
  const local = at.toZonedDateTimeISO(timeZone);
  return `${local.toPlainDate()} ${local.toPlainTime().toString({ smallestUnit: 'minute' })} (${timeZone})`;
}

const chosenWords = (version: string, at: Temporal.Instant, timeZone: string): Said => ({
  en: `${version} is applied at ${shown(at, timeZone)}.`,
  id: `${version} dipasang pada ${shown(at, timeZone)}.`,
});

const condition: Said = {
  en: 'It is done within minutes of that by agent:watch, or by a timetable that runs update:check --scheduled.',
  id: 'Dijalankan beberapa menit setelahnya oleh agent:watch, atau oleh jadwal yang menjalankan update:check --scheduled.',
};

function itselfWords(version: string, judgement: Judgement, timeZone: string): Said {
  if (judgement.is === 'never')
    return {
      en: `${version} waits for somebody: it is larger than what is applied by itself, or no window is long enough.`,
      id: `${version} menunggu seseorang: lebih besar dari yang dipasang dengan sendirinya, atau tidak ada jendela waktu yang cukup panjang.`,
    };
  return judgement.is === 'now'
    ? { en: `${version} is applied with the next round.`, id: `${version} dipasang pada putaran berikutnya.` }
    : chosenWords(version, judgement.at, timeZone);
}
