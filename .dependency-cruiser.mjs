// The dependency rule of docs/ARCHITECTURE.md. `./nadi check` runs it; server/checks/structure.test.ts plants one violation
// of each rule and expects it to be found, so a rule without a plant fails there.

const business = ['audit', 'system', 'identity', 'organisation', 'alerts', 'customers', 'catalog', 'subscriptions', 'ledger', 'billing', 'payments', 'funds', 'documents', 'gateways', 'imports', 'reports'];
const editions = [
  [...business, 'routers', 'usage', 'provisioning', 'radius', 'quota', 'monitoring', 'notice', 'license', 'updates', 'notifications', 'tickets', 'portal', 'dashboard'],
  [...business, 'trust', 'licensing', 'releases', 'fleet', 'notifications', 'tickets', 'portal', 'dashboard'],
];
const modules = [...new Set(editions.flat())];
const any = (names) => `(${names.join('|')})`;

/** A module may use those to its left in an edition that has it. */
const order = modules.map((name) => {
  const left = editions.filter((list) => list.includes(name)).flatMap((list) => list.slice(0, list.indexOf(name)));
  return {
    name: `${name}-imports-left`,
    comment: `The module ${name} stands too far left to use that one: effects to the right go through hooks.`,
    from: { path: `^server/modules/${name}/`, pathNot: '\\.test\\.ts$' },
    to: { path: '^server/modules/', pathNot: `^server/modules/${any([name, ...left])}/` },
  };
});

const tests = '\\.test\\.ts$|^test/';
const queryFiles = '(^|/|-)queries\\.ts$';
const inputOutput =
  '^(node:)?(fs|net|http|https|http2|tls|dns|dgram|child_process|worker_threads|cluster|os|process|readline|sqlite|timers)(/|$)|node_modules/(@types/)?(pg|kysely|fastify|graphile-worker|nodemailer|pino|prom-client)/|^server/kit/(db|kit|config|jobs|mail|log|http/server)\\.ts$';

const forbidden = [
  ...order,
  {
    name: 'module-is-listed',
    comment: 'This module has no place in the order; give it one in .dependency-cruiser.mjs and docs/ARCHITECTURE.md.',
    from: { path: '^server/modules/', pathNot: `^server/modules/${any(modules)}/` },
    to: {},
  },
  {
    name: 'module-by-its-index',
    comment: 'Another module is used through its index.ts alone.',
    from: { path: '^server/modules/([^/]+)/', pathNot: '\\.test\\.ts$' },
    to: { path: '^server/modules/', pathNot: '^server/modules/$1/|^server/modules/[^/]+/index\\.ts$' },
  },
  {
    name: 'outside-by-its-index',
    comment: 'A module is used through its index.ts alone.',
    from: { path: '^(server|bench|packages)/', pathNot: '^server/modules/|\\.test\\.ts$' },
    to: { path: '^server/modules/', pathNot: '^server/modules/[^/]+/index\\.ts$' },
  },
  {
    name: 'modules-meet-in-editions',
    comment: 'Only editions, commands, the demo, benchmarks and tests bring modules together.',
    from: { path: '.', pathNot: `^server/(modules|editions|commands|demo)/|^bench/|${tests}` },
    to: { path: '^server/modules/' },
  },
  {
    name: 'kit-knows-no-module',
    comment: 'The kit is what modules stand on.',
    from: { path: '^server/kit/', pathNot: '\\.test\\.ts$' },
    to: { path: '^server/(?!kit/)' },
  },
  {
    name: 'module-knows-no-edition',
    comment: 'Editions and commands are made of modules, not the other way round.',
    from: { path: '^server/modules/', pathNot: '\\.test\\.ts$' },
    to: { path: '^server/(editions|commands|checks|demo)/' },
  },
  {
    name: 'packages-stand-alone',
    comment: 'A package uses the contract and other packages only.',
    from: { path: '^packages/', pathNot: '\\.test\\.ts$' },
    to: { path: '^(server|agent|console|test|bench)/' },
  },
  {
    name: 'server-uses-packages',
    comment: 'The server uses packages, never the agent or the console.',
    from: { path: '^server/' },
    to: { path: '^(agent|console)/' },
  },
  {
    name: 'agent-uses-few-packages',
    comment: 'The agent works when the app is broken: of ours it uses what runs and verifies, and nothing of the app.',
    from: { path: '^agent/', pathNot: '\\.test\\.ts$' },
    to: { path: '^(server|console|test|bench|packages)/', pathNot: '^packages/(license-token|release-metadata|embedded-postgres|supervised)/' },
  },
  {
    name: 'console-uses-contract',
    comment: 'The console uses the contract alone.',
    from: { path: '^console/', pathNot: '\\.test\\.tsx?$' },
    to: { path: '^(server|agent|test|bench|packages)/', pathNot: '^packages/contract/' },
  },
  {
    name: 'nothing-imports-an-app',
    comment: 'Programs are started, not imported.',
    from: { path: '.' },
    to: { path: '^(server|agent|console)/(src/)?main\\.tsx?$' },
  },
  {
    name: 'simulators-for-demo-and-tests',
    comment: 'Only tests, benchmarks and `nadi demo` use simulators.',
    from: { path: '.', pathNot: `${tests}|^bench/|^server/demo/|^packages/simulators/` },
    to: { path: '^packages/simulators/' },
  },
  {
    name: 'only-queries-build-queries',
    comment: 'SQL lives in queries.ts and *-queries.ts.',
    from: { path: '.', pathNot: `${queryFiles}|^server/kit/(db|db-types\\.gen)\\.ts$|^bench/|${tests}` },
    to: { path: 'node_modules/kysely/' },
  },
  {
    name: 'only-kit-connects',
    comment: 'Connections are the kit’s: everything else is given `db`.',
    from: { path: '^(server|packages)/', pathNot: `^server/kit/|^packages/embedded-postgres/|${tests}` },
    to: { path: 'node_modules/(@types/)?pg/' },
  },
  {
    name: 'rules-are-pure',
    comment: 'rules.ts does no I/O, not even through what it imports.',
    from: { path: '(^|/)rules\\.ts$' },
    to: { path: inputOutput, reachable: true },
  },
  {
    name: 'no-tests-in-the-product',
    comment: 'What is shipped does not use tests or benchmarks.',
    from: { path: '^(server|packages|agent)/', pathNot: `${tests}|^server/commands/bench\\.ts$` },
    to: { path: `${tests}|^bench/` },
  },
  {
    name: 'no-development-package-in-the-product',
    comment: 'A release has no devDependencies.',
    from: { path: '^(server|packages|agent)/', pathNot: tests },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'], pathNot: 'node_modules/@types/' },
  },
  {
    name: 'packages-are-listed',
    comment: 'What is imported stands in package.json.',
    from: { path: '.' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  { name: 'no-circles', comment: 'Files do not import each other in circles.', from: { path: '.' }, to: { circular: true } },
  { name: 'imports-resolve', comment: 'That file or package does not exist.', from: { path: '.' }, to: { couldNotResolve: true } },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default', 'types'], exportsFields: ['exports'] },
  },
};
