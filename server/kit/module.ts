import type { EndpointGroup, EndpointSpec, RequestOf, ResponseOf } from '#contract';
import type { Call, CustomerCall, SignedInCall } from './http/call.ts';
import type { CaptivePage } from './http/captive.ts';
import type { SayRefusal } from './http/errors.ts';
import type { Job } from './jobs.ts';

/** One endpoint with the function that answers it. */
export interface Route {
  readonly spec: EndpointSpec;
  readonly handle: (request: RequestOf<EndpointSpec>, call: Call) => Promise<unknown>;
  /** What is answered for a refusal, where it is not the error model. */
  readonly sayRefusal?: SayRefusal | undefined;
}

/** What an edition registers of a module. */
export interface Module {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly jobs?: readonly Job[];
  /** A page that answers requests meant for other servers. */
  readonly captive?: CaptivePage;
}

type CallOf<S extends EndpointSpec> = S['permission'] extends 'public'
  ? Call
  : S['permission'] extends 'customer'
    ? CustomerCall
    : SignedInCall;

/** A function for every endpoint of a group: a missing one fails to compile. */
export type Handlers<G extends EndpointGroup> = {
  readonly [K in keyof G]: (request: RequestOf<G[K]>, call: CallOf<G[K]>) => Promise<ResponseOf<G[K]>>;
};

/** Ties the endpoints of a contract group to their handlers, and to the shape of their refusals where that is a wire's own. */
export function routes<G extends EndpointGroup>(
  group: G,
  handlers: Handlers<G>,
  sayRefusal?: SayRefusal,
): readonly Route[] {
  return Object.entries(group).map(([name, spec]) => ({
    spec,
    sayRefusal,
    // The mapped type above has checked each pair; the generic record cannot carry that through `entries`.
    handle: handlers[name] as unknown as Route['handle'],
  }));
}
