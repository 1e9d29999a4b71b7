import { isIP } from 'node:net';
import type { z } from 'zod';
import { type fileSchema, notice, noticePath } from '#contract';
import type { Db } from '#kit/db.ts';
import { AppError, type Language } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { findLogo, presentLogoFile, readOrganisation } from '../organisation/index.ts';
import type { NoticeHooks } from './hooks.ts';
import { noticePage, noticePolicy } from './page.ts';
import { debtorAt, onlineAs, readProvider } from './queries.ts';

export type { NoticeHooks } from './hooks.ts';
export { isolirRules, isPrivate, type Rule, ruleMark } from './isolir-rules.ts';

/** The page that isolated customers see. */
export function noticeModule(kit: Kit, hooks: NoticeHooks): Module {
  return {
    name: 'notice',
    captive: {
      path: noticePath,
      isOn: async () => (await readOrganisation(kit.db)).suspend_mode === 'isolir',
    },
    routes: routes(notice, {
      showNotice: ({ query }, call) => show(kit, hooks, call.ip, query.language ?? call.askedLanguage),
      showNoticeLogo: async () => {
        const logo = await findLogo(kit.db);
        if (!logo) throw new AppError('not_found');
        return presentLogoFile(logo);
      },
    }),
  };
}

/** The page says how many there are of those that are not shown. */
const mostInvoices = 12;

/** Routers are always asked: an address set aside for somebody, or in an accounting, may be another's on a router of its own. */
async function findDebtor(db: Db, { addressSources, askRouters }: NoticeHooks, address: string) {
  const id = await askRouters(address);
  const sources = id === undefined ? addressSources : [...addressSources, onlineAs(id)];
  return debtorAt(db, sources, address, mostInvoices);
}

async function show(
  { db }: Kit,
  hooks: NoticeHooks,
  ip: string,
  asked: Language | undefined,
): Promise<z.input<typeof fileSchema>> {
  const address = ip.replace(/^::ffff:/, '');
  const [provider, debtor] = await Promise.all([
    readProvider(db),
    isIP(address) === 0 ? undefined : findDebtor(db, hooks, address),
  ]);
  const language = asked ?? (provider.language === 'en' ? 'en' : 'id');
  const ids = (debtor?.invoices ?? []).map(({ id }) => id);
  const paymentUrls = ids.length === 0 ? new Map() : await hooks.paymentUrlsOf(db, ids);
  const page = noticePage({ provider, debtor, paymentUrls, language });
  return { type: 'text/html', bytes: Buffer.from(page), filename: 'isolir.html', policy: noticePolicy };
}
