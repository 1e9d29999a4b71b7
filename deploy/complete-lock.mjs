// Completes a package-lock.json that was made where the registry lacks some platforms' optional packages: npm leaves those
// out of the lock, and then `npm ci` elsewhere calls the lock out of step with package.json. This adds an entry for each
// that a locked package names by an exact version. Run it after every `npm install`, where the registry is incomplete:
//   node deploy/complete-lock.mjs package-lock.json && npm ci --dry-run
import { readFileSync, writeFileSync } from 'node:fs';
const file = process.argv[2];
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
const word = (name, words) => Object.entries(words).find(([key]) => name.split(/[-/]/).includes(key))?.[1];
for (const [place, entry] of Object.entries(lock.packages)) {
  if (place === '') continue;
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${place}/node_modules/${name}`;
    // resolution climbs from the package to the root
    const steps = place.split('/node_modules/').map((_, i, all) => all.slice(0, i + 1).join('/node_modules/'));
    if ([...steps.map((s) => `${s}/node_modules/${name}`), `node_modules/${name}`].some((p) => lock.packages[p])) continue;
    if (!/^\d+\.\d+\.\d+[\w.+-]*$/.test(range)) { console.error(`not exact: ${name}@${range} of ${place}`); continue; }
    const os = word(name, { darwin: 'darwin', win32: 'win32', linux: 'linux', android: 'android', freebsd: 'freebsd', openbsd: 'openbsd', netbsd: 'netbsd', sunos: 'sunos', aix: 'aix', openharmony: 'openharmony', wasm32: 'wasi', wasi: 'wasi' });
    const cpu = word(name, { x64: 'x64', arm64: 'arm64', arm: 'arm', armv7: 'arm', ia32: 'ia32', ppc64: 'ppc64', riscv64: 'riscv64', s390x: 's390x', loong64: 'loong64', mips64el: 'mips64el', wasm32: 'wasm32' });
    const musl = /musl/.test(name);
    lock.packages[`node_modules/${name}`] = {
      version: range, ...(cpu && { cpu: [cpu] }), ...(entry.dev && { dev: true }), ...(musl && { libc: ['musl'] }), optional: true, ...(os && { os: [os] }),
    };
    added.push(`${name}@${range} ${os} ${cpu}`);
  }
}
const { '': root, ...rest } = lock.packages;
lock.packages = { '': root, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length, added.join('\n'));
