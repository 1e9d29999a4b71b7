import { passwordLength, type Role } from '#contract';
import type { Message } from '#kit/errors.ts';

/** The ones people choose first among those long enough; a list of millions belongs elsewhere. */
const obvious = new Set([
  'password12',
  'password123',
  'password1234',
  'passw0rd123',
  'administrator',
  'administrator1',
  'admin12345',
  'admin123456',
  'adminadmin',
  'qwertyuiop',
  'qwerty12345',
  'qwerty123456',
  '1234567890',
  '0123456789',
  '0987654321',
  '12345678910',
  '123456789012',
  'abcdefghij',
  'abcd123456',
  'iloveyou123',
  'letmein123',
  'welcome123',
  'welcome1234',
  'changeme123',
  'rahasia123',
  'rahasia1234',
  'indonesia123',
  'bismillah123',
  'sayangku123',
  'mikrotik123',
]);

/** Why a password may not be chosen; undefined when it may. */
export function passwordFault(password: string, email: string): Message | undefined {
  const { min, max } = passwordLength;
  if (password.length < min || password.length > max) {
    return { en: `Use ${min} to ${max} characters.`, id: `Gunakan ${min} sampai ${max} karakter.` };
  }
  const text = password.normalize('NFKC').toLowerCase();
  if (text === email.toLowerCase()) {
    return {
      en: 'Do not use the e-mail address as the password.',
      id: 'Jangan memakai alamat email sebagai kata sandi.',
    };
  }
  if (obvious.has(text) || /^(.)\1*$/u.test(text)) {
    return {
      en: 'This password is among the first anyone would try.',
      id: 'Kata sandi ini termasuk yang pertama dicoba orang.',
    };
  }
  return undefined;
}

export interface Standing {
  readonly id: string;
  readonly role: Role;
  readonly is_active: boolean;
}

/**
 * Whether the installation would be left without an active administrator, or lose its last active owner, once
 * user `id` stands as `after` (undefined: deleted). `users` holds at least every active owner and administrator.
 */
export function losesLastAdministrator(
  users: readonly Standing[],
  id: string,
  after: Omit<Standing, 'id'> | undefined,
): boolean {
  const later = users.flatMap((user) => (user.id !== id ? [user] : after ? [{ id, ...after }] : []));
  const count = (standings: readonly Standing[], roles: readonly Role[]) =>
    standings.filter((user) => user.is_active && roles.includes(user.role)).length;
  const lost = (roles: readonly Role[]) => count(users, roles) > 0 && count(later, roles) === 0;
  return lost(['super_owner', 'admin']) || lost(['super_owner']);
}
