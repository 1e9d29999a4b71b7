import { Readable } from 'node:stream';
import { catalog, identity, organisation, taxes } from '#contract';
import { systemAuthor } from '#kit/http/call.ts';
import { importCustomers } from '../modules/subscriptions/index.ts';
import { between } from './chance.ts';
import type { Person } from './people.ts';
import { dateOf, type Plot, type Story } from './story.ts';

/** Spec 3's administrator. Only the demo has a password that everybody knows. */
export const administrator = { email: 'admin@ispbilling.com', password: 'admin123' };

/** Who may sign in to the demo beside its administrator, and with what. */
export const staff = [
  { name: 'Sari Wulandari', email: 'sari@nusanet.example', password: 'nusanet-operator', role: 'operator' },
  { name: 'Pak Lurah', email: 'tamu@nusanet.example', password: 'nusanet-viewer', role: 'viewer' },
] as const;

/** 12 % of 11/12, which prices contain. */
export const ppn = { name: 'PPN', rate: '12', base_numerator: 11, base_denominator: 12, inclusive: true };

/** The first morning: the provider's name, staff, packages, and PPN. */
export async function furnish({ admin }: Pick<Story, 'admin'>): Promise<void> {
  await admin.call(organisation.updateOrganisation, {
    body: {
      name: 'Nusa Net',
      legal_name: 'PT Nusa Net Sejahtera',
      address: 'Jl. Raya Bogor KM 43, Cibinong, Kabupaten Bogor',
      phone: '021-8790-1234',
      email: 'halo@nusanet.example',
      isolir_pool: 'isolir',
    },
  });
  for (const user of staff) await admin.call(identity.createUser, { body: user });
  await admin.call(taxes.createTax, { body: ppn });
  await admin.call(catalog.createPackage, {
    body: {
      name: 'Bulanan 30 Mbps',
      bandwidth: '30M/30M',
      price: '300000',
      period_months: 1,
      description: 'Ditagih per bulan kalender, pada tanggal yang sama.',
    },
  });
}

/** Brings in, as a provider who moves to Nadi would, those who were subscribers before. */
export async function importFounders({ kit, edition, plot, people }: Story): Promise<void> {
  const founders = people.filter((person) => person.joins === undefined);
  const header = 'nama,telepon,email,alamat,paket,username,tanggal_mulai,tanggal_berakhir';
  const csv = [header, ...founders.map((person) => lineOf(person, plot))].join('\r\n');
  const source = Readable.from([Buffer.from(csv)]);
  const result = await importCustomers(
    kit,
    edition.subscriptionHooks,
    systemAuthor('import customers'),
    source,
    {
      fileName: 'pelanggan-lama.csv',
    },
  );
  const [fault] = result.faults;
  if (fault)
    throw new Error(`The demo's own file is faulty: line ${fault.line}, ${fault.column ?? ''} ${fault.text}`);
}

function lineOf(person: Person, plot: Plot): string {
  const paidFor = between(0, 29, person.username, 'paid for');
  const end = dateOf(plot, paidFor);
  const start = Temporal.PlainDate.from(end).subtract({ months: between(1, 30, person.username, 'since') });
  const cells = [
    person.name,
    person.phone,
    person.email ?? '',
    person.address,
    person.package,
    person.username,
    start.toString(),
    end,
  ];
  return cells.map((cell) => `"${cell}"`).join(',');
}
