import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** A UUIDv7 (RFC 9562 §5.7) of the clock's millisecond and 74 random bits. */
export function newId(clock: Clock): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(clock.now().epochMilliseconds, 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The beginning of the UUIDv7s of one set-based statement, which puts twelve hexadecimal digits of a row's number
 * behind it: in order, unique within the set, and across sets by the millisecond and 26 random bits. Making random
 * bits for each of a million rows would take a tenth of the statement's time.
 */
export function newIdPrefix(clock: Clock): string {
  return newId(clock).slice(0, 24);
}
