/** A filter of `print`, evaluated by the router: a stack machine whose words come in postfix order. */
export type Query =
  | { readonly is: 'equals' | 'less' | 'greater'; readonly name: string; readonly value: string }
  | { readonly is: 'present' | 'absent'; readonly name: string }
  | { readonly is: 'and' | 'or'; readonly of: readonly Query[] }
  | { readonly is: 'not'; readonly of: Query };

export const equals = (name: string, value: string): Query => ({ is: 'equals', name, value });
/** Compares as numbers or text, as the router knows the property. */
export const lessThan = (name: string, value: string): Query => ({ is: 'less', name, value });
export const greaterThan = (name: string, value: string): Query => ({ is: 'greater', name, value });
export const present = (name: string): Query => ({ is: 'present', name });
export const absent = (name: string): Query => ({ is: 'absent', name });
export const not = (of: Query): Query => ({ is: 'not', of });
/** All of them. Throws RangeError if there is none: the router would take an empty filter for no filter. */
export const and = (...of: readonly Query[]): Query => combined('and', of);
/** At least one of them. Throws RangeError if there is none. */
export const or = (...of: readonly Query[]): Query => combined('or', of);

function combined(is: 'and' | 'or', of: readonly Query[]): Query {
  if (of.length === 0) throw new RangeError(`${is}() needs at least one query`);
  return { is, of };
}

/** A query word before it is encoded; `value` is absent where the word ends after its name. */
export interface QueryWord {
  readonly prefix: string;
  readonly name: string;
  readonly value?: string;
}

/** The words of a query, in the order in which the router must read them. */
export function queryWords(query: Query): readonly QueryWord[] {
  switch (query.is) {
    case 'equals':
      return [{ prefix: '?', name: query.name, value: query.value }];
    case 'less':
      return [{ prefix: '?<', name: query.name, value: query.value }];
    case 'greater':
      return [{ prefix: '?>', name: query.name, value: query.value }];
    case 'present':
      return [{ prefix: '?', name: query.name }];
    case 'absent':
      return [{ prefix: '?-', name: query.name }];
    case 'not':
      return [...queryWords(query.of), { prefix: '?#', name: '!' }];
    case 'and':
    case 'or':
      return [
        ...query.of.flatMap(queryWords),
        ...query.of.slice(1).map(() => ({ prefix: '?#', name: query.is === 'and' ? '&' : '|' })),
      ];
  }
}
