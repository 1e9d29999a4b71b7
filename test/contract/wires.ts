import assert from 'node:assert/strict';
import { type ErrorCode, errorCatalog } from '#contract';

export interface Refusal {
  readonly message: string;
  readonly code: ErrorCode;
  readonly errors?: Readonly<Record<string, readonly string[]>>;
}

/** A refusal in the error model, also where a wire has a shape of its own. */
export function inModel(body: Readonly<Record<string, unknown>>, status: number): Refusal {
  if ('has_update' in body) return ofOta(body);
  // Its code is looked up by the caller, and the rest compared.
  return ('help_url' in body ? ofLicenses(body, status) : body) as unknown as Refusal;
}

function ofOta({ message, server_message: said, errors }: Readonly<Record<string, unknown>>): Refusal {
  const code = message === 'UNAUTHORIZED' ? 'unauthenticated' : String(message).toLowerCase();
  // Of who is nobody that wire says nothing.
  const text = said ?? 'Tidak dikenal.';
  return { message: text, code, ...(errors === undefined ? {} : { errors }) } as unknown as Refusal; // As above.
}

function ofLicenses(body: Readonly<Record<string, unknown>>, status: number): object {
  const { help_url: _, status: told, action, ...rest } = body;
  assert.equal(told, status);
  assert.ok(typeof action === 'string' && action !== '');
  const code = String(body.code).toLowerCase();
  return { ...rest, code: Object.hasOwn(errorCatalog, code) ? code : `license_${code}` };
}
