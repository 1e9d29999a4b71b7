import { createHash } from 'node:crypto';

/** The parts by which a machine is known. */
export const componentNames = ['machine_id', 'mac', 'disk', 'cpu', 'hostname'] as const;
export type ComponentName = (typeof componentNames)[number];

/** A salted SHA-256 of each part in hex; null where the machine does not tell. */
export type Components = Readonly<Record<ComponentName, string | null>>;

/** So many equal parts make two fingerprints one machine's (decisions.md, License wire). */
export const leastEqual = 3;

/** The fingerprint of a machine. The salt is the license key's hash, so that nobody finds a machine in two vendors' tables. */
export function fingerprintOf(
  parts: Readonly<Record<ComponentName, string | null>>,
  keyHash: string,
): { readonly digest: string; readonly components: Components } {
  const hashed = (name: ComponentName) => {
    const value = parts[name];
    return value === null ? null : sha256(`${keyHash} ${name} ${value}`);
  };
  const components: Components = {
    machine_id: hashed('machine_id'),
    mac: hashed('mac'),
    disk: hashed('disk'),
    cpu: hashed('cpu'),
    hostname: hashed('hostname'),
  };
  return { digest: digestOf(components), components };
}

/** One text for all parts. */
export function digestOf(components: Components): string {
  return `sha256:${sha256(componentNames.map((name) => `${name}=${components[name] ?? ''}`).join('\n'))}`;
}

/** Whether two fingerprints are of one machine: at least three parts are known to both and equal. */
export function sameMachine(left: Components, right: Components): boolean {
  const equal = componentNames.filter((name) => left[name] !== null && left[name] === right[name]);
  return equal.length >= leastEqual;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
