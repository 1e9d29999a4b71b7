import type { NamedEndpoint } from '#contract';
import { testPassword } from '../support/test-app.ts';
import { addCode, addCustomerToken, portalOf } from './portal-world.ts';
import type { Prepare } from './prepare.ts';

/** Whether an endpoint is about what customers do themselves, so that a customer of the portal is needed for it. */
export const isOfPortal = ({ spec }: NamedEndpoint): boolean =>
  spec.permission === 'customer' || /^\/api\/(portal|tickets|package-requests)\b/.test(spec.path);

const wishOf = (packageId = '') => ({ package_id: packageId, when: 'renewal' });

/** A request for another package that is open. */
const withRequest: Prepare = async (world, nadi) => {
  const { token, ids } = await portalOf(world, nadi);
  const url = `/api/portal/services/${ids.service}/package-requests`;
  const answer = await nadi.request({ token, method: 'POST', url, body: wishOf(ids.package) });
  return [{ params: { id: String(answer.json().id) } }];
};

const byWish: Prepare = async (world, nadi) => {
  const { ids } = await portalOf(world, nadi);
  return [{ body: wishOf(ids.package) }];
};

/** What endpoints of the portal need done before. */
export const portalPreparations: Readonly<Record<string, Prepare>> = {
  sendSignInCode: async (world, nadi) => {
    const { email } = await portalOf(world, nadi);
    return [{ body: { login: email } }, { body: { login: '0812-3456-7890' } }];
  },
  signInCustomer: async (world, nadi) => {
    const { email, ids } = await portalOf(world, nadi);
    const code = await addCode(nadi, `sign-in ${email}`, email);
    await nadi.kit.pool.query(
      `insert into portal_accounts (customer_id, password) select $1, password from users where email = 'admin@nadi.test'`,
      [ids.customer],
    );
    return [
      { body: { login: email, code, customer_id: ids.customer } },
      { body: { login: email, password: testPassword } },
    ];
  },
  setOwnPassword: async () => [
    { body: { password: 'Kata-Sandi-Pelanggan-7', current_password: testPassword } },
  ],
  sendContactCode: async ({ ids, number }, nadi) => {
    const other = await addCustomerToken(nadi, ids.customer ?? '', `c${number}@world.test`);
    const body = { email: `ganti-${number}@world.test`, current_password: testPassword };
    return [{ body }, { token: other, body: { phone: '0812-3456-7890' } }];
  },
  confirmContact: async (world, nadi) => {
    const { ids } = await portalOf(world, nadi);
    const code = await addCode(nadi, `contact ${ids.customer}`, `baru-${world.number}@world.test`);
    return [{ body: { code } }];
  },
  previewPackageRequest: byWish,
  createPackageRequest: async (world, nadi) => {
    const { ids } = await portalOf(world, nadi);
    return [{ body: { ...wishOf(ids.package), note: 'Anak sekolah di rumah' } }];
  },
  withdrawPackageRequest: withRequest,
  approvePackageRequest: withRequest,
  refusePackageRequest: withRequest,
};
