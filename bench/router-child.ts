import { startRouter } from '#simulators';

// A simulated router in a process of its own, so that what it costs is not counted as Nadi's: node router-child.ts CUSTOMERS
const [, , count = '0'] = process.argv;
const router = await startRouter({
  accounts: [{ name: 'nadi', password: 'bench' }],
  clock: { now: () => Temporal.Now.instant() },
  tickEveryMilliseconds: 20,
  rows: {
    'ip/pool': [{ name: 'bench', ranges: '10.10.0.2-10.10.255.254' }],
    'ppp/profile': [{ name: 'bench', 'local-address': '10.10.0.1', 'remote-address': 'bench' }],
  },
  cpe: Array.from({ length: Number(count) }, (_, n) => ({
    username: `bench${n + 1}`,
    password: 'bench',
    redialSeconds: 0.1,
  })),
});
router.table('ppp/active').watch((row, dead) => {
  if (!dead) process.send?.({ online: row.values.name, at: Date.now() });
});
process.on('message', () => {
  const { writes, commands } = router.stats;
  process.send?.({
    stats: {
      writes,
      secrets: router.table('ppp/secret').size,
      prints: commands.get('/ppp/secret/print') ?? 0,
    },
  });
});
process.send?.({ port: router.port });
process.on('disconnect', () => process.exit());
