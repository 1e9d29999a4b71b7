import type { TestApp } from '../support/test-app.ts';
import type { World } from './world.ts';

export type Values = Readonly<Record<string, unknown>>;

export interface Example {
  readonly token: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Values;
  /** Undefined where the endpoint takes no body. */
  readonly body: Values | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Prepared = Partial<Omit<Example, 'body'>> & { readonly body?: Values };
export type Prepare = (world: World, nadi: TestApp) => Promise<readonly Prepared[]>;
