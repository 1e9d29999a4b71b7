import assert from 'node:assert/strict';
import type { TestApp } from '../support/test-app.ts';
import type { DatabaseDigest } from './digest.ts';
import { refusalCheck } from './languages.ts';
import { type Attempt, inParallel, refusalOf, send } from './send.ts';

/**
 * Sends all attempts and checks every answer. What must be refused goes first and together: were anything changed by
 * it, the database would differ afterwards. What may be legal goes next; those of it that were refused are sent again
 * until a round is refused as a whole, which must not have changed anything either.
 * @returns the number of requests sent.
 */
export async function sweep(
  nadi: TestApp,
  digest: DatabaseDigest,
  attempts: readonly Attempt[],
): Promise<number> {
  const before = await digest.take();
  const bad = attempts.filter((attempt) => attempt.refused);
  await inParallel(bad, (attempt) => mustRefuse(nadi, attempt));
  assert.deepEqual(
    await digest.take(),
    before,
    `refused requests changed the database: ${bad[0]?.method} ${bad[0]?.url}`,
  );
  let rest = attempts.filter((attempt) => !attempt.refused);
  let sent = attempts.length;
  for (let round = 0; rest.length > 0; round += 1) {
    assert.ok(round < 20, 'the same requests are accepted now and refused then');
    const start = await digest.take();
    const again = await refusedOf(nadi, rest);
    if (again.length === rest.length) {
      assert.deepEqual(
        await digest.take(),
        start,
        `a refused request changed the database: ${rest[0]?.method} ${rest[0]?.url}`,
      );
      break;
    }
    sent += again.length;
    rest = again;
  }
  return sent;
}

/** Those that were refused. What must be found stored goes alone, so that no other writes the same row meanwhile. */
async function refusedOf(nadi: TestApp, attempts: readonly Attempt[]): Promise<Attempt[]> {
  const work = async (attempt: Attempt) => ((await mayRefuse(nadi, attempt)) ? [attempt] : []);
  const together = await inParallel(
    attempts.filter((attempt) => attempt.stored === undefined),
    work,
  );
  const alone = await inParallel(
    attempts.filter((attempt) => attempt.stored !== undefined),
    work,
    1,
  );
  return [...together, ...alone].flat();
}

async function mustRefuse(nadi: TestApp, attempt: Attempt): Promise<void> {
  const answer = await send(nadi, attempt);
  const refusal = refusalOf(answer, attempt.what);
  const { field } = attempt;
  if (field !== undefined && answer.statusCode !== 400) {
    const named = Object.keys(refusal.errors ?? {}).some(
      (name) => name === field || name.startsWith(`${field}.`),
    );
    assert.ok(named, `${attempt.what}: ${field} is not named: ${answer.statusCode} ${answer.body}`);
  }
  await refusalCheck(nadi, attempt, refusal.errors ?? {});
}

/** Whether it was refused. */
async function mayRefuse(nadi: TestApp, attempt: Attempt): Promise<boolean> {
  const answer = await send(nadi, attempt);
  if (answer.statusCode >= 400) {
    refusalOf(answer, attempt.what);
    return true;
  }
  assert.ok(answer.statusCode < 300, `${attempt.what}: ${answer.statusCode} ${answer.body}`);
  const { stored } = attempt;
  if (stored !== undefined && answer.body !== '') {
    const value = answer.json<Record<string, unknown>>()[stored.key];
    if (typeof value === 'string')
      assert.equal(value.trim(), stored.text.trim(), `${attempt.what}: not stored as it is`);
  }
  return false;
}
