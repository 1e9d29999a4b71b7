import type { identity } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import type { Handlers } from '#kit/module.ts';
import { changeMyPassword } from './change-my-password.ts';
import { createToken, revokeToken } from './create-token.ts';
import { addUser } from './create-user.ts';
import type { UserHooks } from './hooks.ts';
import { logIn } from './log-in.ts';
import { logOut } from './log-out.ts';
import { deleteUser, disableUserTwoFactor, issueUserPasswordReset } from './manage-user.ts';
import { resetPassword } from './password-reset.ts';
import { presentToken, presentUser } from './present.ts';
import { findUser, listUserRows } from './queries.ts';
import { requestPasswordReset } from './request-password-reset.ts';
import { setCsrfCookie } from './session.ts';
import { listTokenRows } from './token-queries.ts';
import { confirmTwoFactor, disableTwoFactor, renewRecoveryCodes, setUpTwoFactor } from './two-factor.ts';
import { updateUser } from './update-user.ts';

export function identityHandlers(kit: Kit, hooks: UserHooks): Handlers<typeof identity> {
  const show = async (id: string) => {
    const user = await findUser(kit.db, id);
    if (!user) throw new AppError('not_found');
    return presentUser(user);
  };
  return {
    login: ({ body }, call) => logIn(kit, call, body),
    logout: (_request, call) => logOut(kit, call),
    me: (_request, call) => show(call.actor.userId),
    csrfCookie: async (_request, call) => {
      setCsrfCookie(call);
      return undefined;
    },
    changeMyPassword: ({ body }, call) => changeMyPassword(kit, call, body).then(() => undefined),
    forgotPassword: ({ body }, call) => requestPasswordReset(kit, body.email, call.language),
    resetPassword: async ({ body }, call) => {
      await resetPassword(kit, call, body);
      return { message: passwordWasReset[call.language] };
    },
    setUpTwoFactor: ({ body }, call) => setUpTwoFactor(kit, call, body.password),
    confirmTwoFactor: ({ body }, call) => confirmTwoFactor(kit, call, body.code),
    disableTwoFactor: ({ body }, call) => disableTwoFactor(kit, call, body).then(() => undefined),
    renewRecoveryCodes: ({ body }, call) => renewRecoveryCodes(kit, call, body.password),
    listTokens: async ({ query }, call) => {
      const rows = await listTokenRows(kit.db, call.actor.userId, query);
      return paginate(call, query, rows, (row) => presentToken(row, call.actor.tokenId));
    },
    createToken: ({ body }, call) => createToken(kit, call, body),
    revokeToken: ({ params }, call) => revokeToken(kit, call, params.id).then(() => undefined),
    listUsers: async ({ query }, call) =>
      paginate(call, query, await listUserRows(kit.db, query), presentUser),
    createUser: ({ body }, call) => addUser(kit, call, body),
    showUser: ({ params }) => show(params.id),
    updateUser: ({ params, body }, call) => updateUser(kit, call, params.id, body),
    deleteUser: ({ params }, call) => deleteUser(kit, hooks, call, params.id).then(() => undefined),
    issueUserPasswordReset: ({ params }, call) => issueUserPasswordReset(kit, call, params.id),
    disableUserTwoFactor: ({ params }, call) =>
      disableUserTwoFactor(kit, call, params.id).then(() => undefined),
  };
}

const passwordWasReset = {
  en: 'The password was changed. Sign in with it.',
  id: 'Kata sandi sudah diganti. Masuklah dengan kata sandi baru.',
};
