import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { signingRequestSchema } from '#contract';
import type { Db } from '#kit/db.ts';
import { UserError } from '#kit/errors.ts';
import { exportSigning } from '../modules/trust/index.ts';
import type { Process } from './context.ts';

/** What is to be signed, as it travels to a machine without network and back. */
export type SigningRequest = z.output<typeof signingRequestSchema>;

const atOnce = 500;

/** All that waits, from the database. */
export async function gatherRequest(db: Db): Promise<SigningRequest> {
  const first = await exportSigning(db, { after: undefined, most: atOnce });
  const documents = [...first.documents];
  for (let after = first.next_after; after !== null; ) {
    const next = await exportSigning(db, { after, most: atOnce });
    documents.push(...next.documents);
    after = next.next_after;
  }
  return checked({ ...first, documents, next_after: null });
}

export function readRequest(process: Process, file: string): SigningRequest {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(resolve(process.cwd, file), 'utf8'));
  } catch {
    throw new UserError(`${file} cannot be read. Export it again.`);
  }
  return checked(json);
}

export function writeRequest(process: Process, file: string, request: SigningRequest): void {
  writeFileSync(resolve(process.cwd, file), `${JSON.stringify(request, null, 1)}\n`, { flush: true });
}

/** @throws {UserError} where something is called what it is not: a key must sign only what it was asked for. */
function checked(json: unknown): SigningRequest {
  const { success, data } = signingRequestSchema.safeParse(json);
  if (!success) throw new UserError('This is no file of what waits for signatures. Export it again.');
  const roles = new Set(['root', 'targets', 'snapshot', 'timestamp']);
  const wrong =
    data.metadata.some(({ role, signed }) => signed._type !== role) ||
    data.documents.some(({ signed }) => typeof signed._type !== 'string' || roles.has(signed._type));
  if (wrong)
    throw new UserError(
      'What waits for signatures is not what it says it is. Do not sign it, and look who changed it.',
    );
  return data;
}
