import type { EndpointSpec } from '#contract';
import type { TestApp } from '../support/test-app.ts';
import type { World } from './world.ts';

export type Values = Readonly<Record<string, unknown>>;

export interface Example {
  readonly token: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Values;
  /** Undefined where the endpoint takes no body. */
  readonly body: Values | undefined;
  /** The bytes that are sent instead, where the endpoint takes any. */
  readonly payload?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Prepared = Partial<Omit<Example, 'body'>> & { readonly body?: Values };
export type Prepare = (world: World, nadi: TestApp) => Promise<readonly Prepared[]>;

/** Whether any bytes will do, so that there are no fields to try. */
export const takesBytes = ({ rawBody, streamedBody }: EndpointSpec) =>
  rawBody !== undefined || streamedBody !== undefined;
