import { formatDuration, parseDuration } from '../values/duration.ts';
import { formatRate, parseRate } from '../values/rate.ts';
import {
  formatFlag,
  formatPair,
  type Pair,
  parseCounter,
  parseFlag,
  parsePair,
  parseWhole,
} from '../values/scalars.ts';

/** How a property is read and written. `Absent` is what it reads as when the router leaves it out. */
export interface Field<Value, Absent = undefined> {
  readonly parse: (text: string) => Value;
  /** Missing where the property is the router's own. */
  readonly format?: (value: Value) => string;
  readonly absent: Absent;
}

/** A property that can be written. */
export interface WritableField<Value, Absent = undefined> extends Field<Value, Absent> {
  readonly format: (value: Value) => string;
}

const same = (value: string) => value;

/** RouterOS leaves out what is empty. */
export const text: WritableField<string, string> = { parse: same, format: same, absent: '' };
/** RouterOS leaves out some flags that are not set. */
export const flag: WritableField<boolean, boolean> = { parse: parseFlag, format: formatFlag, absent: false };
export const whole: WritableField<number> = { parse: parseWhole, format: String, absent: undefined };
/** Milliseconds. `none` and `never` read as null. */
export const duration: WritableField<number | null> = {
  parse: (value) => (value === 'none' || value === 'never' || value === '' ? null : parseDuration(value)),
  format: (value) => (value === null ? 'none' : formatDuration(value)),
  absent: undefined,
};
/** Bits per second, as `upload/download`. */
export const ratePair: WritableField<Pair<number>> = {
  parse: (value) => parsePair(value, parseRate),
  format: (value) => formatPair(value, formatRate),
  absent: undefined,
};
/** Milliseconds, as `upload/download`. */
export const durationPair: WritableField<Pair<number>> = {
  parse: (value) => parsePair(value, parseDuration),
  format: (value) => formatPair(value, formatDuration),
  absent: undefined,
};
/** 1 to 8, as `upload/download`. */
export const wholePair: WritableField<Pair<number>> = {
  parse: (value) => parsePair(value, parseWhole),
  format: (value) => formatPair(value, String),
  absent: undefined,
};

export const counter: Field<bigint> = { parse: parseCounter, absent: undefined };
export const counterPair: Field<Pair<bigint>> = {
  parse: (value) => parsePair(value, parseCounter),
  absent: undefined,
};

/** The same, but the router's own. */
export function readOnly<Value, Absent>({ parse, absent }: Field<Value, Absent>): Field<Value, Absent> {
  return { parse, absent };
}
