import { instantText } from '#kit/clock.ts';
import { AppError, type Language, type Message } from '#kit/errors.ts';
import { insertCustomers } from '../customers/index.ts';
import { addSubscriptions, newSubscription } from './create-subscription.ts';
import type { ImportFault } from './import-columns.ts';
import { placeLines } from './import-places.ts';
import { ownersOfUsernames, suspendAdded } from './import-queries.ts';
import type { ImportLine, ImportState } from './import-state.ts';
import { runHookStatements } from './queries.ts';

/** Adds the customers and subscriptions of a batch, a statement for each kind of row; returns the faults it found. */
export async function addBatch(
  state: ImportState,
  batch: readonly ImportLine[],
): Promise<readonly ImportFault[]> {
  const { tx, kit, counts } = state;
  const faults: ImportFault[] = [];
  const unique = withoutRepeats(state, batch, faults);
  const fresh = await withoutKnown(state, unique, faults);
  const subscribed = fresh.flatMap((line) => subscriptionOf(state, line, faults) ?? []);
  if (state.faulty || faults.length > 0) return faults;
  const at = instantText(kit.clock.now());
  const placed = await placeLines(
    state,
    subscribed.map(({ line }) => line),
    at,
  );
  const rows = subscribed.map(({ subscribe, line }) => {
    const { id, elsewhere } = placed.places.get(line) ?? unplaced(line);
    const comment = [line.values.comment, elsewhere && `Alamat: ${elsewhere}`].filter(Boolean).join(' – ');
    // By whole characters: half of one is not text that can be stored.
    return subscribe(id, [...comment].slice(0, 500).join('') || null);
  });
  if (placed.customers.length > 0) await insertCustomers(tx, placed.customers);
  if (rows.length > 0) await addSubscriptions(kit, tx, state.hooks, state.author, rows);
  await suspend(
    state,
    rows.filter((_, index) => subscribed[index]?.line.values.status === 'suspended').map((row) => row.id),
    at,
  );
  counts.customers += placed.customers.length;
  counts.subscriptions += rows.length;
  return faults;
}

function unplaced(line: ImportLine): never {
  throw new Error(`Line ${line.line} has no customer.`);
}

function withoutRepeats(
  state: ImportState,
  batch: readonly ImportLine[],
  faults: ImportFault[],
): readonly ImportLine[] {
  return batch.filter(({ line, values: { username } }) => {
    const before = state.usernames.get(username);
    if (before === undefined) {
      state.usernames.set(username, line);
      return true;
    }
    faults.push({
      line,
      column: 'username',
      text: {
        en: `"${username}" stands in line ${before} already.`,
        id: `"${username}" sudah ada di baris ${before}.`,
      },
      taken: username,
    });
    return false;
  });
}

/** Leaves out what was imported before; a username that somebody else has is a fault. */
async function withoutKnown(state: ImportState, lines: readonly ImportLine[], faults: ImportFault[]) {
  const owners = await ownersOfUsernames(
    state.tx,
    lines.map(({ values }) => values.username),
  );
  const byName = Map.groupBy(owners, (owner) => owner.username);
  return lines.filter(({ line, values: { username, name } }) => {
    const found = byName.get(username) ?? [];
    if (found.some(({ customer }) => customer !== null && folded(customer) === folded(name))) {
      state.counts.alreadyThere += 1;
      return false;
    }
    const other = found.find(({ status }) => status !== 'cancelled');
    if (other === undefined) return true;
    const whose =
      other.customer === null
        ? { en: 'a router account of nobody’s subscription', id: 'akun router tanpa langganan' }
        : { en: other.customer, id: other.customer };
    faults.push({
      line,
      column: 'username',
      text: {
        en: `"${username}" is already the username of ${whose.en}.`,
        id: `"${username}" sudah menjadi username ${whose.id}.`,
      },
      taken: username,
    });
    return false;
  });
}

function folded(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

function subscriptionOf(state: ImportState, line: ImportLine, faults: ImportFault[]) {
  const { values } = line;
  const fault = (column: string, text: Message) => faults.push({ line: line.line, column, text });
  const pack = state.packages.get(values.package.toLowerCase());
  if (!pack?.is_active) {
    const names = [...state.packages.values()].filter((item) => item.is_active).map((item) => item.name);
    const some = names.slice(0, 20).join(', ');
    const known =
      names.length === 0
        ? {
            en: 'There are no packages yet; add them first',
            id: 'Belum ada paket; tambahkan dulu',
          }
        : { en: `Write one of: ${some}`, id: `Tulis salah satu: ${some}` };
    const shown = values.package.slice(0, 40);
    fault('package', {
      en: `"${shown}" is not a package that is sold. ${known.en}.`,
      id: `"${shown}" bukan paket yang dijual. ${known.id}.`,
    });
    return undefined;
  }
  try {
    const row = newSubscription(
      state.kit,
      {
        customer_id: '',
        package_id: pack.id,
        mikrotik_username: values.username,
        mikrotik_password: values.password,
        start_date: values.start_date,
        end_date: values.end_date,
        auto_renew: values.auto_renew,
      },
      pack,
      state.today,
    );
    return {
      line,
      subscribe: (customerId: string, comment: string | null) => ({
        ...row,
        customer_id: customerId,
        comment,
      }),
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    for (const [field, texts] of Object.entries(error.detail.fields ?? {})) {
      fault(field.replace('mikrotik_', ''), joined(texts));
    }
    return undefined;
  }
}

function joined(texts: readonly (string | Message)[]): Message {
  const inLanguage = (language: Language) =>
    texts.map((text) => (typeof text === 'string' ? text : text[language])).join(' ');
  return { en: inLanguage('en'), id: inLanguage('id') };
}

async function suspend(state: ImportState, ids: readonly string[], at: string): Promise<void> {
  if (ids.length === 0) return;
  const { tx, hooks, author, today } = state;
  await suspendAdded(tx, ids, today, at);
  await runHookStatements(tx, ids, (touched) =>
    hooks.onChanged({
      kind: 'suspended',
      touched,
      message: 'Suspended: imported as suspended',
      runId: null,
      author,
      at,
    }),
  );
}
