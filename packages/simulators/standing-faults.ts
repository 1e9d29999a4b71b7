/** How often a fault strikes. */
export interface Striking {
  /** So many that it would strike are let pass first. */
  readonly skip?: number;
  /** It strikes so often; for good unless given. */
  readonly times?: number;
}

interface Standing<Fault> {
  readonly fault: Fault;
  passed: number;
  struck: number;
}

/** The faults of a simulator that are switched on. */
export class StandingFaults<Fault extends Striking> {
  readonly #standing = new Set<Standing<Fault>>();

  /** Switches a fault on; what it gives back switches it off. */
  add(fault: Fault): () => void {
    const standing: Standing<Fault> = { fault, passed: 0, struck: 0 };
    this.#standing.add(standing);
    return () => this.#standing.delete(standing);
  }

  clear(): void {
    this.#standing.clear();
  }

  /** Those that `meets` picks and that strike now; each of them has struck once more then. */
  striking<Met extends Fault>(meets: (fault: Fault) => fault is Met): readonly Met[] {
    return [...this.#standing].flatMap((standing) => {
      const { fault } = standing;
      return meets(fault) && strikes(standing) ? [fault] : [];
    });
  }
}

function strikes(standing: Standing<Striking>): boolean {
  const { skip = 0, times = Number.POSITIVE_INFINITY } = standing.fault;
  if (standing.passed < skip) {
    standing.passed += 1;
    return false;
  }
  standing.struck += 1;
  return standing.struck <= times;
}
