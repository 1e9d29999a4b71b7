import assert from 'node:assert/strict';
import type { TestApp } from '../support/test-app.ts';
import { type Attempt, send } from './send.ts';

type Errors = Readonly<Record<string, readonly string[]>>;

const checked = new Set<string>();

/** Checks that what is said of a field in Indonesian is not what is said in English; each sentence is asked once. */
export async function refusalCheck(nadi: TestApp, attempt: Attempt, indonesian: Errors): Promise<void> {
  const texts = Object.values(indonesian).flat();
  if (texts.every((text) => checked.has(text))) return;
  for (const text of texts) checked.add(text);
  const answer = await send(nadi, { ...attempt, headers: { ...attempt.headers, 'accept-language': 'en' } });
  const english = new Set(Object.values(answer.json<{ errors?: Errors }>().errors ?? {}).flat());
  for (const text of texts) assert.ok(!english.has(text), `${attempt.what}: not in Indonesian: ${text}`);
}
