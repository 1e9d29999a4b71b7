import { type Permission, type Role, rolePermissions } from '#contract';
import { AppError } from '#kit/errors.ts';
import { type Actor, holds } from '#kit/http/call.ts';

/**
 * Who may give a role, or act on an account that has it: only owners for owners, and nobody beyond what role and
 * token hold themselves, since a new account, password or e-mail is a way to all that the account may.
 * @throws {AppError} forbidden.
 */
export function refuseUnlessManages(actor: Actor, role: Role): void {
  const owns = role !== 'super_owner' || actor.role === 'super_owner';
  if (owns && [...rolePermissions[role]].every((permission) => mayUse(actor, permission))) return;
  throw new AppError('forbidden', {
    message: {
      en: 'Your role or token does not allow managing users of this role.',
      id: 'Peran atau token Anda tidak mengizinkan mengelola pengguna dengan peran ini.',
    },
  });
}

/** A token made for a few purposes does not change how its owner signs in. @throws {AppError} forbidden. */
export function refuseLimitedToken(actor: Actor): void {
  if (actor.abilities === undefined) return;
  throw new AppError('forbidden', {
    message: {
      en: 'This token is limited to some abilities. Sign in to do this.',
      id: 'Token ini terbatas kemampuannya. Masuk dulu untuk melakukan ini.',
    },
  });
}

/** A token gets at most what its maker may do here and now. @throws {AppError} forbidden. */
export function refuseUngrantable(actor: Actor, abilities: readonly ('*' | Permission)[]): void {
  const granted = abilities.every((ability) =>
    ability === '*' ? actor.abilities === undefined : mayUse(actor, ability),
  );
  if (granted) return;
  throw new AppError('forbidden', {
    message: {
      en: 'A token cannot be given abilities that you do not have yourself.',
      id: 'Token tidak dapat diberi kemampuan yang tidak Anda miliki.',
    },
  });
}

function mayUse(actor: Actor, permission: Permission): boolean {
  return holds(actor, permission, rolePermissions[actor.role]);
}
