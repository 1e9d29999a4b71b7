import { identity } from '#contract';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { identityHandlers } from './handlers.ts';
import type { UserHooks } from './hooks.ts';
import { purgeExpiredJob } from './jobs.ts';
import { resetMailJob } from './reset-mail.ts';

export { authenticate } from './authenticate.ts';
export { createUser } from './create-user.ts';
export { findUserByEmail } from './find-user.ts';
export { issueToken } from './issue-token.ts';
export { hashPassword, verifyPassword } from './password-hash.ts';
export { issuePasswordReset } from './password-reset.ts';
export { passwordFault } from './rules.ts';
export { beginAttempt, type Limit, networkOf } from './throttle.ts';
export { isSecretOf, newTokenSecret, parseToken } from './token-text.ts';

export function identityModule(kit: Kit, hooks: UserHooks): Module {
  return {
    name: 'identity',
    routes: routes(identity, identityHandlers(kit, hooks)),
    jobs: [resetMailJob(kit), purgeExpiredJob(kit)],
  };
}
