/** The software house of the demo. Everybody knows its password, as the provider's. */
export const vendorAdministrator = { email: 'admin@kawung.example', password: 'kawung-admin' };

export const houseName = 'Kawung Perangkat Lunak';

export const house = {
  name: houseName,
  legal_name: 'PT Kawung Perangkat Lunak Nusantara',
  address: 'Jl. Kaliurang KM 9, Ngaglik, Kabupaten Sleman',
  phone: '0274-889-1234',
  email: 'halo@kawung.example',
  payment_instructions: 'BCA 037 889 1234 a.n. PT Kawung Perangkat Lunak Nusantara',
};

/** What it sells: packages of the type license, and what each allows. */
export const plans = [
  {
    name: 'Nadi Mulai',
    price: '250000',
    period_months: 1,
    plan: {
      features: { radius: false, portal: true, whatsapp: false },
      limits: { max_subscribers: 500, max_users: 3 },
    },
  },
  {
    name: 'Nadi Tumbuh',
    price: '7500000',
    period_months: 12,
    plan: {
      features: { radius: true, portal: true, whatsapp: true },
      limits: { max_subscribers: 2500, max_users: 10 },
    },
  },
  {
    name: 'Nadi Luas',
    price: '1900000',
    period_months: 1,
    plan: {
      features: { radius: true, portal: true, whatsapp: true },
      limits: { max_subscribers: 20_000, max_users: 50 },
      max_nodes: 4,
      overage: 'refuse',
    },
  },
] as const;

export interface Provider {
  readonly name: string;
  readonly email: string;
  readonly plan: (typeof plans)[number]['name'];
  /** Installations that never pair, and only speak the OTA wire. */
  readonly agents: number;
  /** So many days ago it came. */
  readonly since: number;
  readonly pays: boolean;
}

/** The provider whose server is yours to play: none of its machines is simulated. */
export const nusaNet: Provider = {
  name: 'Nusa Net',
  email: 'halo@nusanet.example',
  plan: 'Nadi Tumbuh',
  agents: 1,
  since: 9,
  pays: true,
};

/** Its customers, who are providers themselves, in the order in which they came. */
export const providers: readonly Provider[] = [
  luas('Lintas Rinjani', 'lombok', 4, 45),
  tumbuh('Sawah Lunto Data', 'sawahlunto', 45),
  mulai('Warnet Barokah', 'barokah', 45),
  luas('Borneo Khatulistiwa Net', 'khatulistiwa', 3, 45),
  tumbuh('Pesisir Link', 'pesisir', 44),
  mulai('RT 05 Hotspot', 'rt05', 44),
  tumbuh('Toraja Fiber', 'toraja', 42),
  mulai('Desa Digital Cikoneng', 'cikoneng', 41),
  { ...mulai('Kilat Jaya Wireless', 'kilatjaya', 41), pays: false },
  nusaNet,
];

function mulai(name: string, domain: string, since: number): Provider {
  return { name, email: `it@${domain}.example`, plan: 'Nadi Mulai', agents: 1, since, pays: true };
}

function tumbuh(name: string, domain: string, since: number): Provider {
  return { ...mulai(name, domain, since), plan: 'Nadi Tumbuh' };
}

function luas(name: string, domain: string, agents: number, since: number): Provider {
  return { ...mulai(name, domain, since), plan: 'Nadi Luas', agents };
}
