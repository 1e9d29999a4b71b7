import { BlockList, isIP } from 'node:net';

const never = new BlockList();
const onlyIfAllowed = new BlockList();

// RFC 6890: nothing that listens there is meant to be told of alerts; 169.254.169.254 gives away a cloud server's keys.
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
] as const)
  never.addSubnet(net, bits, 'ipv4');
never.addAddress('::', 'ipv6');
never.addSubnet('fe80::', 10, 'ipv6');
never.addSubnet('ff00::', 8, 'ipv6');
never.addAddress('fd00:ec2::254', 'ipv6');

for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
] as const)
  onlyIfAllowed.addSubnet(net, bits, 'ipv4');
onlyIfAllowed.addAddress('::1', 'ipv6');
onlyIfAllowed.addSubnet('fc00::', 7, 'ipv6');

/**
 * Whether a webhook may go to that address. Addresses of this machine and of private networks only where the operator said so
 * (WEBHOOK_PRIVATE_TARGETS), link-local ones never: whoever may write settings must not read through us what stands there.
 */
export function mayGoTo(address: string, privateTargets: boolean): boolean {
  // An IPv4 address may be written within one of IPv6 (RFC 4291 §2.5.5, RFC 6052), as URL writes it: in hexadecimal.
  const inner = /^(?:::ffff:|64:ff9b::)(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(
    address,
  );
  if (inner !== null) {
    const [, dotted, high = '', low = ''] = inner;
    const parts = [high, low].flatMap((part) => [
      Number.parseInt(part, 16) >> 8,
      Number.parseInt(part, 16) & 255,
    ]);
    return mayGoTo(dotted ?? parts.join('.'), privateTargets);
  }
  const family = isIP(address);
  if (family === 0) return false;
  const name = family === 4 ? 'ipv4' : 'ipv6';
  return !never.check(address, name) && (privateTargets || !onlyIfAllowed.check(address, name));
}
