import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Codes of RFC 2865, 5997 (Status-Server) and 5176. */
export const codes = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  statusServer: 12,
  disconnectRequest: 40,
  disconnectAck: 41,
  disconnectNak: 42,
  coaRequest: 43,
  coaAck: 44,
  coaNak: 45,
} as const;

export const attributeTypes = {
  userName: 1,
  userPassword: 2,
  framedIpAddress: 8,
  vendorSpecific: 26,
  nasIdentifier: 32,
  acctSessionId: 44,
  messageAuthenticator: 80,
  errorCause: 101,
} as const;

export interface Attribute {
  readonly type: number;
  readonly value: Buffer;
}

export interface Packet {
  readonly code: number;
  readonly id: number;
  readonly authenticator: Buffer;
  readonly attributes: readonly Attribute[];
}

const mikrotik = 14_988;
const headerBytes = 20;
const longest = 4096;
const nothing = Buffer.alloc(16);

/** An attribute of text, at most 253 bytes of UTF-8. */
export function textAttribute(type: number, text: string): Attribute {
  return { type, value: Buffer.from(text).subarray(0, 253) };
}

/** An IPv4 address as an attribute. */
export function addressAttribute(type: number, address: string): Attribute {
  return { type, value: Buffer.from(address.split('.').map(Number)) };
}

/** MikroTik's attribute of that number. */
export function mikrotikAttribute(type: number, text: string): Attribute {
  const value = Buffer.from(text).subarray(0, 247);
  const head = Buffer.alloc(6);
  head.writeUInt32BE(mikrotik);
  head.writeUInt8(type, 4);
  head.writeUInt8(value.length + 2, 5);
  return { type: attributeTypes.vendorSpecific, value: Buffer.concat([head, value]) };
}

export interface RequestOptions {
  readonly code: number;
  readonly id: number;
  readonly secret: string;
  readonly attributes: readonly Attribute[];
  /** Some older routers refuse a CoA request that has one. */
  readonly messageAuthenticator: boolean;
}

/**
 * A request as bytes. For Access-Request and Status-Server the authenticator is random; for CoA and Disconnect it is
 * MD5(code + id + length + 16 zero bytes + attributes + secret), and the Message-Authenticator is made with zeroes there
 * (RFC 5176 §2.3 and §3.4).
 */
export function encodeRequest({
  code,
  id,
  secret,
  attributes,
  messageAuthenticator,
}: RequestOptions): Buffer {
  const isAccess = code === codes.accessRequest || code === codes.statusServer;
  const authenticator = isAccess ? randomBytes(16) : nothing;
  const hidden = attributes.map((one) =>
    one.type === attributeTypes.userPassword ? hide(one, secret, authenticator) : one,
  );
  const bytes = encode(code, id, authenticator, messageAuthenticator ? [emptySignature, ...hidden] : hidden);
  if (messageAuthenticator) hmac(bytes, secret).copy(bytes, headerBytes + 2);
  if (!isAccess) md5(bytes, secret).copy(bytes, 4);
  return bytes;
}

/** An answer to the request as bytes; what the tests' router sends. Signed as RFC 2865 §3 and RFC 3579 §3.2 say. */
export function encodeResponse(
  code: number,
  request: Buffer,
  secret: string,
  attributes: readonly Attribute[],
): Buffer {
  const bytes = encode(code, request.readUInt8(1), request.subarray(4, headerBytes), [
    emptySignature,
    ...attributes,
  ]);
  hmac(bytes, secret).copy(bytes, headerBytes + 2);
  md5(bytes, secret).copy(bytes, 4);
  return bytes;
}

const emptySignature: Attribute = { type: attributeTypes.messageAuthenticator, value: nothing };

function encode(code: number, id: number, authenticator: Buffer, attributes: readonly Attribute[]): Buffer {
  const body = Buffer.concat(
    attributes.map(({ type, value }) => Buffer.concat([Buffer.from([type, value.length + 2]), value])),
  );
  const head = Buffer.alloc(4);
  head.writeUInt8(code);
  head.writeUInt8(id, 1);
  head.writeUInt16BE(headerBytes + body.length, 2);
  return Buffer.concat([head, authenticator, body]);
}

/** What the bytes say, or undefined where they are no packet. Bytes behind its length are padding. */
export function decode(bytes: Buffer): Packet | undefined {
  if (bytes.length < headerBytes) return undefined;
  const length = bytes.readUInt16BE(2);
  if (length < headerBytes || length > bytes.length || length > longest) return undefined;
  const attributes: Attribute[] = [];
  for (let at = headerBytes; at < length; ) {
    const size = at + 1 < length ? bytes.readUInt8(at + 1) : 0;
    if (size < 2 || at + size > length) return undefined;
    attributes.push({ type: bytes.readUInt8(at), value: bytes.subarray(at + 2, at + size) });
    at += size;
  }
  return {
    code: bytes.readUInt8(0),
    id: bytes.readUInt8(1),
    authenticator: bytes.subarray(4, headerBytes),
    attributes,
  };
}

/** The answer in `bytes`, if it is one to `request` by who knows the secret; anything else is undefined. */
export function decodeResponse(bytes: Buffer, request: Buffer, secret: string): Packet | undefined {
  const packet = decode(bytes);
  if (packet === undefined || packet.id !== request.readUInt8(1)) return undefined;
  const given = Buffer.from(bytes.subarray(0, bytes.readUInt16BE(2)));
  const asked = Buffer.from(given);
  request.copy(asked, 4, 4, headerBytes);
  if (!timingSafeEqual(md5(asked, secret), packet.authenticator)) return undefined;
  const at = positionOf(given, attributeTypes.messageAuthenticator);
  if (at === undefined) return packet;
  const signature = Buffer.from(asked.subarray(at + 2, at + 18));
  asked.fill(0, at + 2, at + 18);
  return signature.length === 16 && timingSafeEqual(hmac(asked, secret), signature) ? packet : undefined;
}

function positionOf(bytes: Buffer, type: number): number | undefined {
  for (let at = headerBytes; at < bytes.length; at += bytes.readUInt8(at + 1)) {
    if (bytes.readUInt8(at) === type) return at;
  }
  return undefined;
}

/** The Error-Cause of a refusal (RFC 5176 §3.5). */
export function errorCause(packet: Packet): number | undefined {
  const value = packet.attributes.find(({ type }) => type === attributeTypes.errorCause)?.value;
  return value?.length === 4 ? value.readUInt32BE() : undefined;
}

function md5(bytes: Buffer, secret: string): Buffer {
  return createHash('md5').update(bytes).update(secret).digest();
}

function hmac(bytes: Buffer, secret: string): Buffer {
  return createHmac('md5', secret).update(bytes).digest();
}

/** RFC 2865 §5.2, of a password of at most 16 bytes. */
function hide({ type, value }: Attribute, secret: string, authenticator: Buffer): Attribute {
  const padded = Buffer.alloc(16);
  value.copy(padded);
  const key = createHash('md5').update(secret).update(authenticator).digest();
  return { type, value: Buffer.from(padded.map((byte, index) => byte ^ (key[index] ?? 0))) };
}
