import { newId } from '#kit/ids.ts';
import type { NewCustomer } from '../customers/index.ts';
import { type CustomerKey, customersByKeys } from './import-queries.ts';
import type { ImportLine, ImportState, Place } from './import-state.ts';

interface PlacedLine {
  readonly id: string;
  /** The address of the line where it is not the customer's. */
  readonly elsewhere: string | null;
}

const phoneDigits = 9;
const fewestDigits = 6;

/**
 * Finds the customer of each line: one with the same name and the same phone or e-mail is the same customer, in this
 * file or from before. Answers the customers to add; what the first line says of a customer stands.
 */
export async function placeLines(state: ImportState, lines: readonly ImportLine[], at: string) {
  const unknown = lines.filter((line) => known(state, line) === undefined && marksOf(line).length > 0);
  const found = await customersByKeys(state.tx, unknown.map(keyOf));
  for (const [index, place] of found.entries()) {
    const line = unknown[index];
    if (place !== undefined && line !== undefined) remember(state, line, place);
  }
  const customers: NewCustomer[] = [];
  const places = new Map<ImportLine, PlacedLine>();
  for (const line of lines) {
    const address = line.values.address ?? null;
    const before = known(state, line);
    const place = before ?? { id: newId(state.kit.clock), address };
    if (before === undefined) {
      const { name, email = null, phone = null } = line.values;
      customers.push({ id: place.id, name, email, phone, address, status: 'active', created_at: at });
    }
    remember(state, line, place);
    places.set(line, { id: place.id, elsewhere: address === place.address ? null : address });
  }
  return { customers, places };
}

function known(state: ImportState, line: ImportLine): Place | undefined {
  return marksOf(line)
    .map((mark) => state.places.get(mark))
    .find((place) => place !== undefined);
}

function remember(state: ImportState, line: ImportLine, place: Place): void {
  for (const mark of marksOf(line)) if (!state.places.has(mark)) state.places.set(mark, place);
}

/** What a customer is known by; nothing where there is neither phone nor e-mail: two of one name may be two people. */
function marksOf(line: ImportLine): readonly string[] {
  const { name, phone, email } = keyOf(line);
  return [...(phone === null ? [] : [`${name}\n${phone}`]), ...(email === null ? [] : [`${name}\n${email}`])];
}

/** Phones are compared by their last digits, so that 0812… and +62 812… are one. */
function keyOf({ values: { name, phone, email } }: ImportLine): CustomerKey {
  const digits = (phone ?? '').replace(/\D/g, '');
  return {
    name: name.toLowerCase(),
    phone: digits.length < fewestDigits ? null : digits.slice(-phoneDigits),
    email: email ?? null,
  };
}
