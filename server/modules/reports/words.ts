import type { Language, Message } from '#kit/errors.ts';
import type { Happening } from './timeline-queries.ts';

const methods: Readonly<Record<string, Message>> = {
  cash: { en: 'in cash', id: 'tunai' },
  transfer: { en: 'by bank transfer', id: 'lewat transfer bank' },
  balance: { en: 'from the balance', id: 'dari saldo' },
  qris: { en: 'by QRIS', id: 'lewat QRIS' },
  midtrans: { en: 'by Midtrans', id: 'lewat Midtrans' },
  xendit: { en: 'by Xendit', id: 'lewat Xendit' },
  gopay: { en: 'by GoPay', id: 'lewat GoPay' },
  ovo: { en: 'by OVO', id: 'lewat OVO' },
  dana: { en: 'by DANA', id: 'lewat DANA' },
};

const acts: Readonly<Record<string, Message>> = {
  created: { en: 'started', id: 'dimulai' },
  suspended: { en: 'suspended', id: 'ditangguhkan' },
  activated: { en: 'activated', id: 'diaktifkan' },
  expired: { en: 'expired', id: 'berakhir' },
  cancelled: { en: 'cancelled', id: 'dibatalkan' },
  deleted: { en: 'deleted', id: 'dihapus' },
  package_changed: { en: 'on another package from the new period on', id: 'ganti paket mulai periode baru' },
};

const fundActs: Readonly<Record<string, Message>> = {
  top_up: { en: 'Balance topped up', id: 'Saldo diisi' },
  refund: { en: 'Balance paid out', id: 'Saldo dikembalikan' },
  deposit: { en: 'Deposit received', id: 'Uang jaminan diterima' },
  deposit_return: { en: 'Deposit paid back', id: 'Uang jaminan dikembalikan' },
  deposit_to_balance: { en: 'Deposit moved to the balance', id: 'Uang jaminan dipindahkan ke saldo' },
};

const things: Readonly<Record<string, Message>> = {
  customer: { en: 'Customer', id: 'Pelanggan' },
  subscription: { en: 'Subscription', id: 'Langganan' },
  invoice: { en: 'Invoice', id: 'Tagihan' },
  payment: { en: 'Payment', id: 'Pembayaran' },
  discount: { en: 'Discount', id: 'Diskon' },
  addon: { en: 'Add-on', id: 'Tambahan' },
  charge: { en: 'Charge', id: 'Biaya' },
};

/** What becomes of discounts, add-ons and charges. */
const partActs: Readonly<Record<string, Message>> = {
  created: { en: 'added', id: 'ditambahkan' },
  ended: { en: 'ended', id: 'diakhiri' },
  cancelled: { en: 'cancelled', id: 'dibatalkan' },
};

/** What happened, in a sentence of the caller's language. */
export function sentenceOf(happening: Happening, language: Language): string {
  return sentence(happening)[language];
}

function sentence({ kind, action, detail, invoice_number: number, reason }: Happening): Message {
  switch (kind) {
    case 'subscription': {
      const act = acts[action] ?? { en: action, id: action };
      return { en: `Subscription ${detail} ${act.en}.`, id: `Langganan ${detail} ${act.id}.` };
    }
    case 'payment':
      return {
        en: `Paid ${methodWords(detail).en} for invoice ${number}.`,
        id: `Membayar ${methodWords(detail).id} untuk tagihan ${number}.`,
      };
    case 'reversal': {
      const why = reason === null ? '' : ` (${reason})`;
      return {
        en: `Payment for invoice ${number} reversed${why}.`,
        id: `Pembayaran tagihan ${number} dibatalkan${why}.`,
      };
    }
    case 'funds':
      return fundWords(action, detail);
    default:
      if (action === 'credit_note') {
        return {
          en: `Credit note ${detail} for invoice ${number} (${reason}).`,
          id: `Nota kredit ${detail} untuk tagihan ${number} (${reason}).`,
        };
      }
      if (action === 'late_fee') {
        return { en: `Late fee on invoice ${number}.`, id: `Denda keterlambatan tagihan ${number}.` };
      }
      return action === 'created' && kind === 'invoice'
        ? { en: `Invoice ${number} issued.`, id: `Tagihan ${number} diterbitkan.` }
        : changeWords(action, detail, number);
  }
}

/** Of an action in the audit log, such as `customer.updated`; one that has no words of its own is named as it is. */
function changeWords(action: string, fields: string | null, number: string | null): Message {
  if (action === 'created') return { en: 'Customer added.', id: 'Pelanggan ditambahkan.' };
  if (action === 'customer.anonymised') {
    return { en: 'Personal details erased.', id: 'Data pribadi dihapus.' };
  }
  const [subject = '', verb = ''] = action.split('.');
  const thing = things[subject] ?? { en: subject, id: subject };
  const part = ['discount', 'addon', 'charge'].includes(subject) ? partActs[verb] : undefined;
  if (part) return { en: `${thing.en} ${fields} ${part.en}.`, id: `${thing.id} ${fields} ${part.id}.` };
  const name = number === null ? '' : ` ${number}`;
  if (action === 'invoice.cancelled') {
    return { en: `Invoice${name} voided.`, id: `Tagihan${name} dibatalkan.` };
  }
  if (action === 'invoice.drafted') {
    return { en: `Invoice${name} drafted.`, id: `Draf tagihan${name} dibuat.` };
  }
  if (action === 'invoice.late_fee_waived') {
    return { en: `Late fee on invoice${name} waived.`, id: `Denda tagihan${name} dihapuskan.` };
  }
  if (verb !== 'updated') return { en: `${thing.en}${name}: ${verb}.`, id: `${thing.id}${name}: ${verb}.` };
  const what = fields === null ? '' : `: ${fields}`;
  return { en: `${thing.en}${name} changed${what}.`, id: `${thing.id}${name} diubah${what}.` };
}

function fundWords(action: string, method: string | null): Message {
  const kind = action.replace(/_reversed$/, '');
  const act = fundActs[kind] ?? { en: kind, id: kind };
  const how = method === null ? { en: '', id: '' } : methodWords(method);
  const said = { en: `${act.en} ${how.en}`.trim(), id: `${act.id} ${how.id}`.trim() };
  return kind === action
    ? { en: `${said.en}.`, id: `${said.id}.` }
    : { en: `Undone: ${said.en}.`, id: `Dibatalkan: ${said.id}.` };
}

function methodWords(method: string | null): Message {
  return methods[method ?? ''] ?? { en: 'by other means', id: 'dengan cara lain' };
}
