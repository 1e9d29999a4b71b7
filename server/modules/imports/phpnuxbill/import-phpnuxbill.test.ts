import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemAuthor } from '#kit/http/call.ts';
import { readFaults } from '../../../../test/billing/books.ts';
import { type Mariadb, mariadbMissing, startMariadb } from '../../../../test/support/mariadb.ts';
import { makePhpnuxbill } from '../../../../test/support/phpnuxbill-provider.ts';
import { ok } from '../../../../test/support/provider.ts';
import { type TestApp, testApp } from '../../../../test/support/test-app.ts';
import { parseAddress } from './connect.ts';
import { importPhpnuxbill, type PhpnuxbillOptions } from './import-phpnuxbill.ts';

const password = 'r@ha/sia:1';

describe('a provider on PHPNuxBill', { skip: mariadbMissing }, () => {
  let maria: Mariadb;
  before(async () => {
    maria = await startMariadb();
    await maria.admin.query(`create user nuxbill@localhost identified by '${password}'`);
  });
  after(() => maria?.[Symbol.asyncDispose]());

  const addressOf = (name: string, user = `nuxbill:${encodeURIComponent(password)}`) =>
    `mysql://${user}@localhost/${name}?socket=${encodeURIComponent(maria.socket)}`;

  async function made(name: string) {
    await makePhpnuxbill(maria.admin, name);
    await maria.admin.query(`grant select on \`${name}\`.* to nuxbill@localhost`);
  }

  const run = (nadi: TestApp, name: string, options: PhpnuxbillOptions = {}) =>
    importPhpnuxbill(
      nadi.kit,
      nadi.edition.subscriptionHooks,
      systemAuthor('a test'),
      parseAddress(addressOf(name)),
      options,
    );

  const one = async (nadi: TestApp, text: string) => (await nadi.kit.pool.query(text)).rows[0];
  const rowCounts = (nadi: TestApp) =>
    one(
      nadi,
      `select (select count(*)::int from customers) as customers, (select count(*)::int from packages) as packages,
        (select count(*)::int from subscriptions) as subscriptions, (select count(*)::int from invoices) as invoices,
        (select count(*)::int from payments) as payments, (select count(*)::int from ledger_entries) as entries,
        (select count(*)::int from import_sources) as sources, (select sum(balance) from customer_funds) as balance`,
    );

  test('is brought as it stands, and run again adds nothing but what is new', async () => {
    await made('whole');
    await using nadi = await testApp();
    const rehearsed = await run(nadi, 'whole', { dryRun: true });
    assert.deepEqual(rehearsed.faults, []);
    assert.equal((await rowCounts(nadi)).customers, 0);
    const result = await run(nadi, 'whole');
    assert.deepEqual(result, rehearsed);
    const { faults: _, remarks: __, ...figures } = result;
    assert.deepEqual(figures, {
      packages: 6,
      customers: 201,
      active: 139,
      suspended: 1,
      expired: 50,
      invoices: 998,
      payments: 997,
      balances: 2,
      alreadyThere: 0,
      faultCount: 0,
      knownAs: [],
    });
    assert.deepEqual(await readFaults([nadi, nadi]), {});
    const counts = await rowCounts(nadi);
    assert.equal(counts.balance, '175001.00');
    const again = await run(nadi, 'whole');
    assert.deepEqual(
      [again.customers, again.invoices, again.active, again.balances, again.packages],
      [0, 0, 0, 0, 0],
    );
    assert.deepEqual(await rowCounts(nadi), counts);
    await maria.admin.query(
      `use whole; insert into tbl_customers (id, username, password, fullname) values (900, 'baru', 'x', 'Baru');
       insert into tbl_user_recharges values (900, 900, 'baru', 1, 'Rumah 10 Mbps', '2026-01-15', '2026-02-15', '10:00:00', 'on', '', 'Pusat', 'PPPOE');
       insert into tbl_transactions values (2000, 'INV-2000', 'baru', 900, 'Rumah 10 Mbps', '150000', '2026-01-15', '2026-02-15', 'cash', 'PPPOE', '')`,
    );
    const more = await run(nadi, 'whole');
    assert.deepEqual([more.customers, more.active, more.invoices], [1, 1, 1]);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  });

  test('keeps names, passwords, plans, dates and months as they were', async () => {
    await made('details');
    await using nadi = await testApp();
    await run(nadi, 'details');
    const twelve = await one(
      nadi,
      `select s.mikrotik_username, s.end_date, s.status, s.remote_address, s.profile, m.password, m.service, p.name
       from subscriptions s join mikrotik_secrets m on m.subscription_id = s.id join packages p on p.id = s.package_id
       where s.mikrotik_username = 'rumah.dua.belas'`,
    );
    assert.deepEqual(twelve, {
      mikrotik_username: 'rumah.dua.belas',
      end_date: '2025-07-13',
      status: 'expired',
      remote_address: '10.10.0.12',
      profile: 'Kantor',
      password: 'pw-pppoe',
      service: 'pppoe',
      name: 'Kantor',
    });
    const names = (
      await nadi.kit.pool.query(`select name from customers where name ~ 'Jos|made13|Made' order by name`)
    ).rows.map((row) => row.name);
    assert.ok(names.includes('José Núñez 😀') && names.includes('José Ribeiro'), names.join());
    const { rows: packages } = await nadi.kit.pool.query(
      `select name, type, bandwidth, burst, price, validity_days as days, period_months as months, is_active as sold
       from packages order by name`,
    );
    const shown = packages.map((row) =>
      [row.name, row.type, row.bandwidth, row.burst, row.price, row.days, row.months, row.sold].join('|'),
    );
    assert.deepEqual(shown, [
      'Hotspot 6 jam|hotspot|512k/2048k||3000.00|1||true',
      'Hotspot bulanan|hotspot|512k/2048k||75000.00|30||false',
      'Kantor|pppoe|20M/20M|30M/30M 15M/15M 10/10 8|500000.00|30|1|true',
      'Paket lama 5 Mbps|hotspot|5M/5M||90000.00|30|1|false',
      'Rumah 10 Mbps|pppoe|5M/10M||150000.00|30|1|true',
      'Rumah 20 Mbps|pppoe|20M/20M|30M/30M 15M/15M 10/10 8|250000.00|30||true',
    ]);
    const [[there]] = (await maria.admin.query(
      `select sum(round(cast(price as decimal(15,2)))) as sum from details.tbl_transactions where type <> 'Balance' and price > 0`,
    )) as unknown as [[{ sum: number }]];
    const here = await one(
      nadi,
      `select sum(amount)::int as sum from ledger_entries where credit = 'revenue'`,
    );
    assert.equal(Number(here.sum), Number(there.sum), 'the revenue is the same');
    await nadi.edition.runBilling();
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  });

  test('names duplicate and impossible usernames with a free one, and takes these where told to', async () => {
    await made('names');
    await maria.admin.query(
      `use names; update tbl_customers set username = 'SITI1' where id = 21;
       update tbl_customers set username = 'siti1' where id = 41; update tbl_customers set username = 'pak budi' where id = 30;
       update tbl_user_recharges r join tbl_customers c on c.id = r.customer_id set r.username = c.username`,
    );
    await using nadi = await testApp();
    const refused = await run(nadi, 'names');
    assert.deepEqual(
      refused.faults.map(({ table, id, column, text }) => `${table} ${id} ${column}: ${text.en}`),
      [
        'tbl_user_recharges 21 username: "SITI1" (Siti Wijaya) is the username of Siti Santoso already. Free is SITI1-2.',
        'tbl_user_recharges 30 username: "pak budi" (Budi Lestari) cannot be a username: only letters, digits and . _ @ + - can be in one. Free is pak.budi.',
        'tbl_user_recharges 41 username: "siti1" (Siti Made) is the username of Siti Santoso already. Free is siti1-3.',
      ].map((text) => text.replace('Siti Made', 'Siti Suardana')),
    );
    assert.equal((await rowCounts(nadi)).customers, 0);
    const taken = await run(nadi, 'names', { renameUsers: true });
    assert.equal(taken.faultCount, 0);
    assert.equal(taken.remarks.filter(({ text }) => text.en.startsWith('renamed: ')).length, 3);
    assert.equal((await run(nadi, 'names')).faultCount, 0, 'those renamed stay');
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  });

  test('of an older version, without some tables and columns, is brought as far as it goes', async () => {
    await made('older');
    await maria.admin.query(
      `use older; drop table tbl_voucher; drop table tbl_routers; drop table tbl_bandwidth;
       alter table tbl_customers drop column pppoe_username, drop column pppoe_ip, drop column balance, drop column status, drop column city;
       alter table tbl_transactions drop column user_id, drop column note`,
    );
    await using nadi = await testApp();
    const result = await run(nadi, 'older');
    assert.deepEqual([result.faultCount, result.customers, result.balances], [0, 201, 0]);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
    await maria.admin.query(
      'create database other; create table other.a (id int); grant select on other.* to nuxbill@localhost',
    );
    await assert.rejects(
      run(nadi, 'other'),
      /is not PHPNuxBill’s: it has no table tbl_customers and no tbl_plans/,
    );
  });

  test('on closed books tells which transactions, and can leave them out', async () => {
    await made('closed');
    await using nadi = await testApp();
    await ok(nadi, { method: 'POST', url: '/api/ledger/closing', body: { closed_until: '2025-06-30' } });
    const refused = await run(nadi, 'closed');
    assert.equal(refused.faults.length, 100);
    assert.match(
      refused.faults[0]?.text.en ?? '',
      /the books are closed until 2025-06-30.*--transactions-from/,
    );
    const later = await run(nadi, 'closed', { transactionsFrom: '2025-07-01' });
    assert.equal(later.faultCount, 0);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  });

  test('killed in the middle leaves nothing, and is brought by the next run', async () => {
    await made('killed');
    await using nadi = await testApp();
    let kills = 0;
    const onProgress = (done: number) => {
      if (done <= 200 || kills > 0) return;
      kills += 1;
      void nadi.kit.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`,
      );
    };
    await assert.rejects(run(nadi, 'killed', { onProgress }));
    assert.equal(kills, 1);
    const { sources, customers, subscriptions } = await rowCounts(nadi);
    assert.deepEqual([sources, customers, subscriptions], [0, 0, 0]);
    const both = await Promise.all([run(nadi, 'killed'), run(nadi, 'killed')]);
    assert.deepEqual(
      both.map((result) => result.customers).toSorted((a, b) => a - b),
      [0, 201],
    );
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  });

  test('that cannot be reached is told in plain words, never with the password', async () => {
    await using nadi = await testApp();
    const message = async (address: string) => {
      try {
        const parsed = parseAddress(address);
        await importPhpnuxbill(nadi.kit, nadi.edition.subscriptionHooks, systemAuthor('a test'), parsed);
        return 'no fault';
      } catch (error) {
        return String(error);
      }
    };
    const wrong: readonly (readonly [string, RegExp])[] = [
      [addressOf('x', 'nuxbill:geheim-9'), /refuses the user nuxbill with this password/],
      [addressOf('nothing-here'), /(may not read the database|There is no database) nothing-here/],
      ['mysql://a:geheim-9@127.0.0.1:1/x', /Nothing answers at 127\.0\.0\.1:1/],
      ['mysql://a:geheim-9@localhost/x?socket=/nowhere/s', /There is no socket \/nowhere\/s/],
      [
        'mysql://a:geheim-9@nirgendwo.invalid/x',
        /There is no machine named nirgendwo\.invalid|cannot be looked up/,
      ],
      ['mysql://a:geheim-9#@h/x', /is not of the form|lacks/],
      ['postgres://a:geheim-9@h/x', /is not of the form/],
      ['mysql://a:geheim-9%@h/x', /% that is not followed by two digits/],
    ];
    for (const [address, expected] of wrong) {
      const told = await message(address);
      assert.match(told, expected);
      assert.doesNotMatch(told, /geheim|ha%2Fsia|r@ha/);
    }
  });
});
