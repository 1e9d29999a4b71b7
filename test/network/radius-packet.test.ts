import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  attributeTypes,
  codes,
  decode,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  errorCause,
  mikrotikAttribute,
  textAttribute,
} from '../../server/modules/radius/packet.ts';

const secret = 'xyzzy5461';

test('a Disconnect-Request is signed as RFC 5176 says', () => {
  const attributes = [textAttribute(attributeTypes.userName, 'budi'), mikrotikAttribute(8, '1M/1M')];
  const bytes = encodeRequest({
    code: codes.disconnectRequest,
    id: 7,
    secret,
    attributes,
    messageAuthenticator: true,
  });
  const zeroed = Buffer.from(bytes);
  zeroed.fill(0, 4, 20);
  const md5 = createHash('md5').update(zeroed).update(secret).digest();
  assert.deepEqual(bytes.subarray(4, 20), md5);
  zeroed.fill(0, 22, 38);
  assert.deepEqual(bytes.subarray(22, 38), createHmac('md5', secret).update(zeroed).digest());
  assert.deepEqual([...bytes.subarray(0, 4)], [40, 7, 0, bytes.length]);
  assert.deepEqual(
    [...(decode(bytes)?.attributes[2]?.value ?? [])],
    [0, 0, 0x3a, 0x8c, 8, 7, ...Buffer.from('1M/1M')],
  );
});

test('the answer of RFC 2865 §7.1 is known for what it is, and for nothing else', () => {
  // User nemo on port 3, secret xyzzy5461.
  const request = Buffer.from(
    '010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003',
    'hex',
  );
  const answer = Buffer.from(
    '0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103',
    'hex',
  );
  assert.equal(decodeResponse(answer, request, secret)?.code, codes.accessAccept);
  assert.equal(decodeResponse(answer, request, 'xyzzy5462'), undefined);
  for (let at = 0; at < answer.length; at += 1) {
    const changed = Buffer.from(answer);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(decodeResponse(changed, request, secret), undefined, `byte ${at}`);
  }
});

test('an answer with a wrong Message-Authenticator is none', () => {
  const request = encodeRequest({
    code: codes.coaRequest,
    id: 1,
    secret,
    attributes: [],
    messageAuthenticator: true,
  });
  const cause = { type: attributeTypes.errorCause, value: Buffer.from([0, 0, 1, 247]) };
  const answer = encodeResponse(codes.coaNak, request, secret, [cause]);
  const packet = decodeResponse(answer, request, secret);
  assert.equal(packet && errorCause(packet), 503);
  const forged = Buffer.from(answer);
  forged[22] = (forged[22] ?? 0) ^ 1;
  request.copy(forged, 4, 4, 20);
  createHash('md5').update(forged).update(secret).digest().copy(forged, 4);
  assert.equal(decodeResponse(forged, request, secret), undefined);
});

test('whatever comes over the network is a packet or nothing', () => {
  const request = encodeRequest({
    code: codes.coaRequest,
    id: 1,
    secret,
    attributes: [],
    messageAuthenticator: true,
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, sized) => {
      const buffer = Buffer.from(bytes);
      if (sized && buffer.length > 4) buffer.writeUInt16BE(buffer.length, 2);
      decode(buffer);
      assert.equal(decodeResponse(buffer, request, secret), undefined);
    }),
  );
});
