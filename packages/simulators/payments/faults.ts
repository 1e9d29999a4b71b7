import { StandingFaults, type Striking } from '../standing-faults.ts';
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

export type CallFault = CallEffect &
  Striking & {
    /** The method and path, such as `POST /snap/v1/transactions`, or what they are like; any unless given. */
    readonly call?: string | RegExp;
    readonly where?: (call: Call) => boolean;
  };

export type NotificationFault = NotificationEffect &
  Striking & {
    /** Which notifications; any unless given. */
    readonly of?: (body: Body) => boolean;
  };

export type PaymentFault = CallFault | NotificationFault;

const isCallFault = (fault: PaymentFault): fault is CallFault =>
  ['slow', 'hang', 'reset', 'fail', 'html', 'garble'].includes(fault.do);

/** The faults that are switched on. */
export class PaymentFaults extends StandingFaults<PaymentFault> {
  /** What befalls a call that is received now. */
  ofCall(call: Call): readonly CallEffect[] {
    return this.striking((fault): fault is CallFault => isCallFault(fault) && meets(fault, call));
  }

  /** What befalls a notification that is to be sent now. */
  ofNotification(body: Body): readonly NotificationEffect[] {
    return this.striking(
      (fault): fault is NotificationFault => !isCallFault(fault) && (fault.of?.(body) ?? true),
    );
  }
}

function meets({ call: wanted, where }: CallFault, call: Call): boolean {
  const name = `${call.method} ${call.path}`;
  const named = wanted === undefined || (typeof wanted === 'string' ? wanted === name : wanted.test(name));
  return named && (where?.(call) ?? true);
}
