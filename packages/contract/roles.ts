export const roles = ['super_owner', 'admin', 'operator', 'viewer'] as const;
export type Role = (typeof roles)[number];

export const permissions = [
  'customers:read',
  'customers:write',
  'packages:read',
  'packages:write',
  'subscriptions:read',
  'subscriptions:write',
  'subscriptions:secret',
  'invoices:read',
  'invoices:write',
  'payments:read',
  'payments:write',
  'payments:reverse',
  'cash:read',
  'cash:close',
  'billing:run',
  'ledger:read',
  'ledger:close',
  'reports:read',
  'dashboard:read',
  'routers:read',
  'routers:write',
  'routers:disconnect',
  'quota:read',
  'quota:write',
  'licenses:read',
  'licenses:write',
  'releases:read',
  'releases:write',
  'fleet:read',
  'fleet:message',
  'fleet:write',
  'alerts:read',
  'tickets:read',
  'tickets:write',
  'notifications:read',
  'notifications:write',
  'organisation:read',
  'organisation:write',
  'users:read',
  'users:write',
  'audit:read',
  'system:write',
] as const;
export type Permission = (typeof permissions)[number];

const everybody: readonly Permission[] = [
  'customers:read',
  'packages:read',
  'subscriptions:read',
  'invoices:read',
  'payments:read',
  'dashboard:read',
  'routers:read',
  'quota:read',
  'licenses:read',
  'releases:read',
  'fleet:read',
  'tickets:read',
  'organisation:read',
];

/** Who looks on, such as an accountant, sees the reports; operators see what they need for their work. */
const viewer: readonly Permission[] = [...everybody, 'reports:read'];

const operator: readonly Permission[] = [
  ...everybody,
  'customers:write',
  'subscriptions:write',
  'subscriptions:secret',
  'invoices:write',
  'payments:write',
  'routers:disconnect',
  'licenses:write',
  'fleet:message',
  'tickets:write',
  'notifications:read',
];

/** What each role may do. Owners and administrators may do everything; only owners may manage owners. */
export const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  super_owner: new Set(permissions),
  admin: new Set(permissions),
  operator: new Set(operator),
  viewer: new Set(viewer),
};
