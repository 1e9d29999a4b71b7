import type { Call } from './call.ts';
import type { Body } from './notification.ts';

/** `before` the call is done, so that it is not, or `after`, so that it is and the client cannot tell; before unless given. */
interface Moment {
  readonly when?: 'before' | 'after';
}

/** What goes wrong with a call to the gateway. */
export type CallEffect =
  /** The answer takes so long. */
  | { readonly do: 'slow'; readonly milliseconds: number }
  /** It is never answered: after, the charge exists though the client saw its time run out. */
  | ({ readonly do: 'hang' } & Moment)
  | ({ readonly do: 'reset' } & Moment)
  /** It is answered with this 5xx. */
  | ({ readonly do: 'fail'; readonly status: number } & Moment)
  /** It is answered with 200 and a web page. */
  | ({ readonly do: 'html' } & Moment)
  /** It is answered with 200 and JSON that breaks off. */
  | ({ readonly do: 'garble' } & Moment);

/** What goes wrong with a notification, once for each address it goes to. */
export type NotificationEffect =
  /** It is sent again, so many milliseconds of real time later: at once unless given. */
  | { readonly do: 'duplicate'; readonly copies?: number; readonly milliseconds?: number }
  /** It is sent after the next one of its order was answered; alone, after a minute of the simulator's time. */
  | { readonly do: 'reorder' }
  /** It is sent so much later, in the simulator's time. */
  | { readonly do: 'postpone'; readonly seconds: number }
  /** It is never sent. */
  | { readonly do: 'drop' }
  /** It proves to come from somebody who does not know the secret. */
  | { readonly do: 'forge' }
  /** It tells another amount, and is signed as such. */
  | { readonly do: 'wrong amount'; readonly amount: number };

interface Times {
  /** So many that it would strike are let pass first. */
  readonly skip?: number;
  /** It strikes so often; for good unless given. */
  readonly times?: number;
}

export type CallFault = CallEffect &
  Times & {
    /** The method and path, such as `POST /snap/v1/transactions`, or what they are like; any unless given. */
    readonly call?: string | RegExp;
    readonly where?: (call: Call) => boolean;
  };

export type NotificationFault = NotificationEffect &
  Times & {
    /** Which notifications; any unless given. */
    readonly of?: (body: Body) => boolean;
  };

export type PaymentFault = CallFault | NotificationFault;

interface Standing {
  readonly fault: PaymentFault;
  passed: number;
  struck: number;
}

const isCallFault = (fault: PaymentFault): fault is CallFault =>
  ['slow', 'hang', 'reset', 'fail', 'html', 'garble'].includes(fault.do);

/** The faults that are switched on. */
export class PaymentFaults {
  readonly #standing = new Set<Standing>();

  /** Switches a fault on; what it gives back switches it off. */
  add(fault: PaymentFault): () => void {
    const standing: Standing = { fault, passed: 0, struck: 0 };
    this.#standing.add(standing);
    return () => this.#standing.delete(standing);
  }

  clear(): void {
    this.#standing.clear();
  }

  /** What befalls a call that is received now. */
  ofCall(call: Call): readonly CallEffect[] {
    return [...this.#standing].flatMap((standing) => {
      const { fault } = standing;
      return isCallFault(fault) && meets(fault, call) && strikes(standing) ? [fault] : [];
    });
  }

  /** What befalls a notification that is to be sent now. */
  ofNotification(body: Body): readonly NotificationEffect[] {
    return [...this.#standing].flatMap((standing) => {
      const { fault } = standing;
      return !isCallFault(fault) && (fault.of?.(body) ?? true) && strikes(standing) ? [fault] : [];
    });
  }
}

function meets({ call: wanted, where }: CallFault, call: Call): boolean {
  const name = `${call.method} ${call.path}`;
  const named = wanted === undefined || (typeof wanted === 'string' ? wanted === name : wanted.test(name));
  return named && (where?.(call) ?? true);
}

function strikes(standing: Standing): boolean {
  const { skip = 0, times = Infinity } = standing.fault;
  if (standing.passed < skip) {
    standing.passed += 1;
    return false;
  }
  standing.struck += 1;
  return standing.struck <= times;
}
