import type { Connection } from 'mysql2/promise';

/** The tables of PHPNuxBill that an import reads, with the columns it reads and a few it does not. */
const tables = `
  create table tbl_bandwidth (id int unsigned primary key, name_bw varchar(255) not null, rate_down int unsigned not null,
    rate_down_unit enum('Kbps','Mbps') not null, rate_up int unsigned not null, rate_up_unit enum('Kbps','Mbps') not null,
    burst varchar(128) not null default '');
  create table tbl_plans (id int primary key, name_plan varchar(40) not null, id_bw int not null, price varchar(40) not null,
    type enum('Hotspot','PPPOE','VPN','Balance') not null, validity int not null,
    validity_unit enum('Mins','Hrs','Days','Months','Period') not null, routers varchar(32) not null,
    enabled tinyint(1) not null default 1);
  create table tbl_customers (id int primary key, username varchar(45) not null, password varchar(45) not null,
    pppoe_username varchar(32) not null default '', pppoe_password varchar(45) not null default '', pppoe_ip varchar(32) not null default '',
    fullname varchar(45) not null, address mediumtext, city varchar(255), phonenumber varchar(20) default '0',
    email varchar(128) not null default '1', balance decimal(15,2) not null default 0,
    status enum('Active','Banned','Disabled','Inactive','Limited','Suspended') not null default 'Active',
    created_at timestamp not null default current_timestamp);
  create table tbl_user_recharges (id int primary key, customer_id int not null, username varchar(32) not null, plan_id int not null,
    namebp varchar(40) not null, recharged_on date not null, expiration date not null, time time not null default '23:59:59',
    status varchar(20) not null, method varchar(128) not null default '', routers varchar(32) not null, type varchar(15) not null);
  create table tbl_transactions (id int primary key, invoice varchar(25) not null, username varchar(32) not null,
    user_id int not null default 0, plan_name varchar(40) not null, price varchar(40) not null, recharged_on date not null,
    expiration date not null, method varchar(128) not null, type enum('Hotspot','PPPOE','VPN','Balance') not null,
    note varchar(256) not null default '');
  create table tbl_routers (id int primary key, name varchar(32) not null, ip_address varchar(128) not null,
    username varchar(50) not null, password varchar(60) not null);
  create table tbl_voucher (id int primary key, code varchar(55) not null, status varchar(25) not null);`;

const plans = [
  [1, 'Rumah 10 Mbps', 1, '150000', 'PPPOE', 1, 'Months', 'Pusat', 1],
  [2, 'Rumah 20 Mbps', 2, '250000', 'PPPOE', 30, 'Days', 'Pusat', 1],
  [3, 'Kantor', 2, '500000.00', 'PPPOE', 1, 'Period', 'Cabang', 1],
  [4, 'Hotspot 6 jam', 3, '3000', 'Hotspot', 6, 'Hrs', 'Cabang', 1],
  [5, 'Hotspot bulanan', 3, '75000', 'Hotspot', 30, 'Days', 'Cabang', 0],
  [6, 'Isi saldo 100', 1, '100000', 'Balance', 30, 'Days', '', 1],
] as const;

const first = ['Budi', 'Siti', 'Agus', 'Dewi', 'Made', 'Rizky', 'Nur', 'Yohanes', 'Maria', 'Andi'];
const last = [
  'Santoso',
  'Aminah',
  'Wijaya',
  'Lestari',
  'Suardana',
  'Ramadhan',
  'Hidayati',
  'Tarigan',
  'Putra',
  'Halim',
];

export interface ProviderOptions {
  readonly customers?: number;
  readonly transactions?: number;
}

/**
 * Makes a database `name` of a believable provider on 15 January 2026: six plans on two routers, running and ended recharges,
 * a year of transactions, and the odd rows that years leave behind.
 */
export async function makePhpnuxbill(
  admin: Connection,
  name: string,
  { customers = 200, transactions = 1000 }: ProviderOptions = {},
): Promise<void> {
  const add = async (table: string, columns: string, rows: readonly (readonly unknown[])[]) => {
    for (let start = 0; start < rows.length; start += 5000) {
      await admin.query(`insert into ${table} (${columns}) values ?`, [rows.slice(start, start + 5000)]);
    }
  };
  // As many installations run: without strict mode, so that dates of zeros are let in.
  await admin.query(
    `create database \`${name}\` character set utf8mb4; use \`${name}\`; set sql_mode = ''; set names utf8mb4`,
  );
  await admin.query(tables);
  await add('tbl_bandwidth', 'id, name_bw, rate_down, rate_down_unit, rate_up, rate_up_unit, burst', [
    [1, '10M', 10, 'Mbps', 5, 'Mbps', ''],
    [2, '20M', 20, 'Mbps', 20, 'Mbps', '30M/30M 15M/15M 10/10 8'],
    [3, '2M', 2048, 'Kbps', 512, 'Kbps', 'cepat'],
  ]);
  await add(
    'tbl_plans',
    'id, name_plan, id_bw, price, type, validity, validity_unit, routers, enabled',
    plans,
  );
  const people = Array.from({ length: customers }, (_, index) => personOf(index + 1));
  await add(
    'tbl_customers',
    'id, username, password, pppoe_username, pppoe_password, pppoe_ip, fullname, address, city, phonenumber, email, balance, status, created_at',
    people,
  );
  await add(
    'tbl_user_recharges',
    'id, customer_id, username, plan_id, namebp, recharged_on, expiration, status, routers, type',
    people.flatMap((person, index) => rechargeOf(index + 1, String(person[1]))),
  );
  const sales = Array.from({ length: transactions }, (_, index) => saleOf(index + 1, customers));
  await add(
    'tbl_transactions',
    'id, invoice, username, user_id, plan_name, price, recharged_on, expiration, method, type',
    sales,
  );
  await add('tbl_routers', 'id, name, ip_address, username, password', [
    [1, 'Pusat', '192.0.2.1', 'admin', 'rahasia-router'],
    [2, 'Cabang', '192.0.2.2', 'admin', 'rahasia-router'],
  ]);
  await add('tbl_voucher', 'id, code, status', [
    [1, 'AAA111', '0'],
    [2, 'BBB222', '1'],
    [3, 'CCC333', '0'],
  ]);
}

function personOf(id: number): readonly unknown[] {
  const name = `${first[id % 10]} ${last[Math.floor(id / 10) % 10]}`;
  const username = `${first[id % 10]?.toLowerCase()}${id}`;
  const odd: Readonly<Record<number, Readonly<Record<string, unknown>>>> = {
    3: { phone: null, email: '1' },
    4: { name: 'José Núñez 😀', phone: '0' },
    // UTF-8 that was stored through a latin1 connection.
    5: { name: 'JosÃ© Ribeiro' },
    6: { created: '0000-00-00 00:00:00' },
    7: { email: 'tidak ada', phone: 'rumah 021' },
    8: { status: 'Banned' },
    9: { status: 'Disabled', balance: '-5000.00' },
    10: { balance: '125000.50' },
    11: { balance: '50000' },
    12: { pppoe: ['rumah.dua.belas', 'pw-pppoe', '10.10.0.12'] },
    13: { pppoe: ['', '', 'bukan ip'], name: '' },
  };
  const own = odd[id] ?? {};
  const [pppoeName = '', pppoePassword = '', ip = ''] = (own.pppoe as string[] | undefined) ?? [];
  return [
    id,
    username,
    `sandi${id}`,
    pppoeName,
    pppoePassword,
    ip,
    own.name ?? name,
    `Jl. Melati No. ${id}`,
    'Cibinong',
    'phone' in own ? own.phone : `0812${String(id).padStart(8, '0')}`,
    own.email ?? `${username}@example.com`,
    own.balance ?? '0.00',
    own.status ?? 'Active',
    own.created ?? '2024-05-01 10:00:00',
  ];
}

function rechargeOf(id: number, username: string): readonly (readonly unknown[])[] {
  // Some never bought anything.
  if (id % 20 === 19) return [];
  const [planId, plan, , , type, , , router] = plans[id % 5] ?? plans[0];
  const isOver = id % 4 === 0;
  const day = String(1 + (id % 28)).padStart(2, '0');
  const row: unknown[] = isOver
    ? [id, id, username, planId, plan, `2025-06-${day}`, `2025-07-${day}`, 'off', router, type]
    : [
        id,
        id,
        username,
        planId,
        plan,
        `2026-01-${String(1 + (id % 14)).padStart(2, '0')}`,
        `2026-02-${day}`,
        'on',
        router,
        type,
      ];
  if (id === 14) row.splice(3, 2, 99, 'Paket lama 5 Mbps');
  if (id === 15) row.splice(5, 2, '0000-00-00', '0000-00-00');
  return [row];
}

function saleOf(id: number, customers: number): readonly unknown[] {
  const customer = 1 + (id % customers);
  const username = `${first[customer % 10]?.toLowerCase()}${customer}`;
  const [, plan, , price, type] = plans[customer % 5] ?? plans[0];
  const month = String(1 + (Math.floor(id / 90) % 12)).padStart(2, '0');
  const day = `2025-${month}-${String(1 + (id % 28)).padStart(2, '0')}`;
  const methods = [
    'Recharge - Administrator',
    'Transfer BCA - Siti',
    'midtrans - gopay',
    'xendit - QRIS',
    'Customer - Balance',
  ];
  const row: unknown[] = [
    id,
    `INV-${id}`,
    username,
    id % 3 === 0 ? customer : 0,
    plan,
    price,
    day,
    day,
    methods[id % 5],
    type,
  ];
  const odd: Readonly<Record<number, () => void>> = {
    20: () => row.splice(6, 2, '0000-00-00', '0000-00-00'),
    21: () => row.splice(1, 1, 'INV-19'),
    22: () => row.splice(2, 2, 'sudah-dihapus', 0),
    23: () => row.splice(2, 2, 'AAA111', 0),
    24: () => row.splice(5, 1, '0'),
    25: () => row.splice(5, 1, '150000.50'),
    26: () => row.splice(4, 2, 'Isi saldo 100', '100000') && row.splice(9, 1, 'Balance'),
    27: () => row.splice(5, 1, '-1000'),
    28: () => row.splice(2, 2, username.toUpperCase(), 0),
    29: () => row.splice(4, 2, 'Paket lama 5 Mbps', '90000'),
  };
  odd[id]?.();
  return row;
}
