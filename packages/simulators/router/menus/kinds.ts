import type { Kind, Property } from '../properties.ts';

/** Short ways to write down the properties of a table. */
const of = (kind: Kind, rest: Omit<Property, 'kind'> = {}): Property => ({ kind, ...rest });

export const text = (initial?: string): Property =>
  of({ is: 'text' }, initial === undefined ? { optional: true } : { initial });
export const required = (kind: Kind = { is: 'text' }): Property => of(kind, { required: true });
export const flag = (initial: 'true' | 'false'): Property => of({ is: 'flag' }, { initial });
export const number = (initial: string, most?: number): Property =>
  of(most === undefined ? { is: 'number' } : { is: 'number', most }, { initial });
export const span = (initial?: string): Property =>
  of({ is: 'span' }, initial === undefined ? { optional: true } : { initial });
export const oneOf = (values: readonly string[], initial: string): Property =>
  of({ is: 'one of', values }, { initial });
export const nameIn = (table: string, initial: string, besides: readonly string[] = []): Property =>
  of({ is: 'name in', table, besides }, { initial });
export const optional = (kind: Kind): Property => of(kind, { optional: true });
export const rates = (): Property => of({ is: 'rates' }, { initial: '0/0' });
export const pair = (values: 'number' | 'span', initial: string): Property =>
  of({ is: 'pair of', values }, { initial });
/** Told by the router, never set. */
export const shown = (initial?: string): Property =>
  of({ is: 'text' }, initial === undefined ? { readOnly: true } : { readOnly: true, initial });
/** Set, never told. */
export const hidden = (initial: string): Property => of({ is: 'text' }, { hidden: true, initial });
