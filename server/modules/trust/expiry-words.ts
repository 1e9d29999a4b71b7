import type { Language } from '#kit/errors.ts';
import type { NewAlert } from '../alerts/index.ts';

/** Something signed, and when it ends. */
export type Ending =
  /** Metadata that people sign, or that this server signs by itself and has not. */
  | {
      readonly kind: 'people' | 'server';
      readonly name: string;
      readonly version: number;
      readonly endsAt: string;
    }
  /** So many directives for installations, the first or last of which ends then. */
  | { readonly kind: 'directives'; readonly count: number; readonly endsAt: string };

const warnDays = [60, 30, 14, 7, 3, 1, 0];

/** What people are told of it, once at each step towards its end; undefined while that is far away. */
export function warningOf(ending: Ending, now: Temporal.Instant, language: Language): NewAlert | undefined {
  const left = Temporal.Instant.from(ending.endsAt).since(now).total('hours') / 24;
  const step = warnDays.findLast((days) => left <= days);
  if (step === undefined) return undefined;
  const over = left <= 0;
  const day = ending.endsAt.slice(0, 10);
  const what = ending.kind === 'directives' ? String(ending.count) : ending.name;
  const subject = ending.kind === 'directives' ? `director:${day}` : `${ending.name}:${ending.version}`;
  return {
    type: 'update',
    severity: left < 14 ? 'critical' : 'warning',
    title: titles[over ? 'over' : 'near'][language],
    message: words[ending.kind][over ? 'over' : 'near'][language](what, day),
    meta: { ...ending },
    once_for: `trust:${subject}:${step}`,
  };
}

const titles = {
  near: { en: 'Signatures expire soon', id: 'Tanda tangan segera kedaluwarsa' },
  over: { en: 'Signatures have expired', id: 'Tanda tangan sudah kedaluwarsa' },
};

type Said = Readonly<Record<Language, (what: string, day: string) => string>>;

const words: Readonly<Record<Ending['kind'], Readonly<Record<'near' | 'over', Said>>>> = {
  people: {
    near: {
      en: (file, day) =>
        `${file} is believed until ${day}. A new one waits to be signed: run ./nadi release sign-queue with the offline keys.`,
      id: (file, day) =>
        `${file} dipercaya sampai ${day}. Yang baru menunggu tanda tangan: jalankan ./nadi release sign-queue dengan kunci offline.`,
    },
    over: {
      en: (file, day) =>
        `${file} expired on ${day}: no installation takes updates any more. Run ./nadi release sign-queue with the offline keys now.`,
      id: (file, day) =>
        `${file} kedaluwarsa pada ${day}: tidak ada instalasi yang menerima pembaruan. Segera jalankan ./nadi release sign-queue dengan kunci offline.`,
    },
  },
  server: {
    near: {
      en: (file, day) =>
        `${file} is believed until ${day}, and this server could not sign a new one. See its log for trust.watch; check APP_KEY or app.key.`,
      id: (file, day) =>
        `${file} dipercaya sampai ${day}, dan server ini gagal menandatangani yang baru. Lihat log untuk trust.watch; periksa APP_KEY atau app.key.`,
    },
    over: {
      en: (file, day) =>
        `${file} expired on ${day}, and this server could not sign a new one: no installation takes updates any more. See its log for trust.watch; check APP_KEY or app.key.`,
      id: (file, day) =>
        `${file} kedaluwarsa pada ${day}, dan server ini gagal menandatangani yang baru: tidak ada instalasi yang menerima pembaruan. Lihat log untuk trust.watch; periksa APP_KEY atau app.key.`,
    },
  },
  directives: {
    near: {
      en: (count, day) =>
        `${count} directives for installations end soon, the first on ${day}. They wait to be signed again: run ./nadi release sign-queue with the director’s key.`,
      id: (count, day) =>
        `${count} perintah untuk instalasi segera berakhir, yang pertama pada ${day}. Semuanya menunggu ditandatangani lagi: jalankan ./nadi release sign-queue dengan kunci director.`,
    },
    over: {
      en: (count, day) =>
        `${count} directives for installations have ended, the last on ${day}: what they switched off works again. Run ./nadi release sign-queue with the director’s key now.`,
      id: (count, day) =>
        `${count} perintah untuk instalasi sudah berakhir, yang terakhir pada ${day}: yang dimatikannya berjalan lagi. Segera jalankan ./nadi release sign-queue dengan kunci director.`,
    },
  },
};
