/** A refusal as the API answers it. */
export interface Refusal {
  readonly status: number;
  readonly en: string;
  readonly id: string;
}
