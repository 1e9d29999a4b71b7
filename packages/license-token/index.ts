export {
  type ComponentName,
  type Components,
  componentNames,
  digestOf,
  fingerprintOf,
  leastEqual,
  sameMachine,
} from './fingerprint.ts';
export {
  formatKey,
  hashKey,
  hintOf,
  type KeyFault,
  keyFaultWords,
  makeKey,
  type ParsedKey,
  parseKey,
} from './key.ts';
export {
  clockToleranceHours,
  type LicenseClaims,
  type SigningKey,
  signToken,
  type TokenFault,
  tokenDays,
  tokenEnd,
  type VerifiedToken,
  type VerifyingKey,
  verifyToken,
} from './token.ts';
