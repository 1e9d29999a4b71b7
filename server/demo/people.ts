import { between, chance, pick } from './chance.ts';

/** How somebody pays: most on time, some late, a few in parts, a few no more; and some leave. */
export type Habit = 'punctual' | 'sometimes late' | 'late' | 'in parts' | 'stops paying' | 'leaves';

export interface Person {
  readonly name: string;
  readonly phone: string;
  readonly email: string | null;
  readonly address: string;
  readonly username: string;
  readonly package: string;
  readonly habit: Habit;
  /** The day of the history on which they sign up; undefined for those who came before it. */
  readonly joins: number | undefined;
  /** The day on which one who stops paying or leaves does so. */
  readonly quits: number | undefined;
  /** The day on which somebody takes a faster package. */
  readonly upgrades: number | undefined;
}

/** The packages of the demo, slowest first: those of `seed`, and one billed by the calendar month. */
const packageNames = ['10 Mbps', '20 Mbps', 'Bulanan 30 Mbps', '50 Mbps', '100 Mbps'] as const;
const packageShares = [0.42, 0.72, 0.84, 0.95, 1];

const first = [
  'Budi',
  'Siti',
  'Agus',
  'Dewi',
  'Eko',
  'Sri',
  'Rizky',
  'Nur',
  'Hendra',
  'Ayu',
  'Joko',
  'Rina',
  'Dedi',
  'Lestari',
  'Bambang',
  'Wati',
  'Andi',
  'Fitri',
  'Yusuf',
  'Indah',
  'Rudi',
  'Maya',
  'Made',
  'Ratna',
  'Wahyu',
  'Putri',
  'Fajar',
  'Dian',
  'Iwan',
  'Yanti',
  'Arif',
  'Nina',
  'Taufik',
  'Endang',
  'Slamet',
  'Kartika',
  'Yohanes',
  'Maria',
  'Ketut',
  'Novi',
];
const last = [
  'Santoso',
  'Wijaya',
  'Lestari',
  'Kurniawan',
  'Hidayat',
  'Saputra',
  'Rahmawati',
  'Nugroho',
  'Setiawan',
  'Wulandari',
  'Pratama',
  'Siregar',
  'Simanjuntak',
  'Utami',
  'Firmansyah',
  'Handayani',
  'Gunawan',
  'Maulana',
  'Suryani',
  'Hakim',
  'Permata',
  'Harahap',
  'Ramadhan',
  'Susanti',
  'Purnomo',
  'Tarigan',
  'Anggraini',
  'Suardana',
  'Mulyadi',
  'Safitri',
];
const streets = [
  'Melati',
  'Kenanga',
  'Mawar',
  'Anggrek',
  'Cempaka',
  'Flamboyan',
  'Dahlia',
  'Teratai',
  'Merdeka',
  'Pahlawan',
  'Diponegoro',
  'Kartini',
];
const towns = [
  'Cibinong',
  'Citeureup',
  'Bojonggede',
  'Sukaraja',
  'Babakan Madang',
  'Gunung Putri',
  'Tajur Halang',
];
const phonePrefixes = ['0812', '0813', '0821', '0852', '0857', '0878', '0895', '0819'];

/** Share of those who were subscribers before the history begins. */
const founders = 0.62;

const habits: readonly (readonly [number, Habit])[] = [
  [0.76, 'punctual'],
  [0.86, 'sometimes late'],
  [0.91, 'late'],
  [0.94, 'in parts'],
  [0.965, 'stops paying'],
  [1, 'leaves'],
];

/** The demo's subscribers over a history of `days`: the same for the same numbers. */
export function people(count: number, days: number): readonly Person[] {
  const usernames = new Map<string, number>();
  return Array.from({ length: count }, (_, index) => personOf(index, count, days, usernames));
}

function personOf(index: number, count: number, days: number, usernames: Map<string, number>): Person {
  const name = `${pick(first, 'first', index)} ${pick(last, 'last', index)}`;
  const plain = name.toLowerCase().replace(' ', '.');
  const uses = (usernames.get(plain) ?? 0) + 1;
  usernames.set(plain, uses);
  const username = uses === 1 ? plain : `${plain}-${uses}`;
  const joins = index < count * founders ? undefined : between(1, days - 1, 'joins', index);
  // Somebody is always suspended: the first has not paid in a while.
  const habit = index === 0 ? 'stops paying' : shared(habits, chance('habit', index));
  const quits =
    index === 0
      ? Math.max(0, days - 45)
      : habit === 'stops paying' || habit === 'leaves'
        ? quitDay(index, joins ?? 0, days)
        : undefined;
  const pack =
    packageNames[packageShares.findIndex((share) => chance('package', index) < share)] ?? packageNames[0];
  return {
    name,
    phone: `${pick(phonePrefixes, 'prefix', index)}${String(between(10, 99, 'phone', index))}${String(index).padStart(6, '0')}`,
    email: chance('email', index) < 0.7 ? `${username}@example.com` : null,
    address: addressOf(index),
    username,
    package: pack,
    habit,
    joins,
    quits,
    upgrades:
      chance('upgrades', index) < 0.05 ? between((joins ?? 0) + 30, days + 30, 'upgrade', index) : undefined,
  };
}

function quitDay(index: number, joined: number, days: number): number {
  return between(Math.floor(joined + (days - joined) / 4), days, 'quits', index);
}

function addressOf(index: number): string {
  const street = `Jl. ${pick(streets, 'street', index)} No. ${between(1, 140, 'number', index)}`;
  const ward = `RT ${String(between(1, 12, 'rt', index)).padStart(2, '0')}/RW ${String(between(1, 9, 'rw', index)).padStart(2, '0')}`;
  return `${street}, ${ward}, ${pick(towns, 'town', index)}`;
}

function shared<T>(shares: readonly (readonly [number, T])[], value: number): T {
  const found = shares.find(([share]) => value < share) ?? shares.at(-1);
  if (found === undefined) throw new RangeError('There is nothing to choose from.');
  return found[1];
}
