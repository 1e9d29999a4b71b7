import type { Message } from '#kit/errors.ts';

/** Something to correct in the source. */
export interface RowFault {
  readonly table: string;
  readonly id: number;
  readonly column: string;
  readonly text: Message;
}

/** Something that was brought in another form than it had, or not at all. */
export interface Remark {
  readonly count: number;
  readonly text: Message;
  /** Some of the rows it is about. */
  readonly rows: readonly string[];
}

const mostFaults = 100;
const mostRows = 5;

/** What an import has to tell. */
export class Report {
  readonly #faults: RowFault[] = [];
  readonly #remarks = new Map<string, { count: number; text: Message; rows: string[] }>();
  faultCount = 0;

  fault(table: string, id: number, column: string, en: string, id_: string): void {
    this.faultCount += 1;
    if (this.#faults.length < mostFaults) this.#faults.push({ table, id, column, text: { en, id: id_ } });
  }

  /** Counts a row under a remark; those with the same text are one. */
  remark(text: Message, table?: string, id?: number): void {
    const remark = this.#remarks.get(text.en) ?? { count: 0, text, rows: [] };
    remark.count += 1;
    if (table !== undefined && remark.rows.length < mostRows) remark.rows.push(`${table} ${id}`);
    this.#remarks.set(text.en, remark);
  }

  /** As `remark`, for many rows at once. */
  remarkMany(text: Message, count: number): void {
    if (count > 0) this.#remarks.set(text.en, { count, text, rows: [] });
  }

  get faults(): readonly RowFault[] {
    return this.#faults;
  }

  get remarks(): readonly Remark[] {
    return [...this.#remarks.values()];
  }
}
