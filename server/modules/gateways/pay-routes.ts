import type { z } from 'zod';
import { payPage as contract, type fileSchema } from '#contract';
import { instantText, localDate } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError, type Language } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import { enqueue } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { type OrganisationRow, readOrganisation } from '../organisation/index.ts';
import { createOrder } from './create-order.ts';
import { sweepJob } from './jobs.ts';
import { hurryOrders, payableInvoice } from './order-queries.ts';
import { invoiceOf } from './pay-link.ts';
import { leadingPage, payPage, payPolicy, transferPage, troublePage } from './pay-page.ts';
import type { Gateways } from './process-inbox.ts';

type Page = z.input<typeof fileSchema>;

/** The pages on which anybody who has an invoice's link can pay it. */
export function payRoutes(kit: Kit, gateways: Gateways) {
  const languageFor = (provider: OrganisationRow, call: Call, asked: Language | undefined): Language =>
    asked ?? call.askedLanguage ?? (provider.language === 'en' ? 'en' : 'id');
  return routes(contract, {
    showPayPage: async ({ params, query }, call) => {
      const id = invoiceOf(kit, params.token);
      const invoice = id === undefined ? undefined : await payableInvoice(kit.db, id);
      if (id === undefined || !invoice || invoice.status === 'draft') throw new AppError('not_found');
      const provider = await readOrganisation(kit.db);
      const isAwaited = await inTransaction(kit.db, async (tx) => {
        const isOpen = await hurryOrders(tx, id, instantText(kit.clock.now()));
        if (isOpen) await enqueue(tx, [sweepJob]);
        return isOpen;
      });
      const ways = [
        ...[...gateways.values()].map(({ name }) => name),
        ...(provider.payment_instructions === null ? [] : (['transfer'] as const)),
      ];
      const language = languageFor(provider, call, query.language);
      return file(payPage({ provider, invoice, token: params.token, language, ways, isAwaited }));
    },
    startPayment: async ({ params, query }, call) => {
      const id = invoiceOf(kit, params.token);
      if (id === undefined) throw new AppError('not_found');
      const provider = await readOrganisation(kit.db);
      const language = languageFor(provider, call, query.language);
      try {
        const order = await createOrder(kit, gateways, call.author, {
          invoice_id: id,
          gateway: params.gateway,
        });
        if (order.gateway !== 'transfer') return file(leadingPage(provider, order.url ?? '', language));
        const until = localDate(Temporal.Instant.from(order.expires_at), provider.timezone).toString();
        return file(transferPage(provider, { amount: order.amount, until }, params.token, language));
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'not_found') throw error;
        // What exactly a gateway said is for staff.
        const said = new AppError(error.code);
        return file(troublePage(provider, said.said(language), params.token, language));
      }
    },
  });
}

function file(text: string): Page {
  return { type: 'text/html', bytes: Buffer.from(text), filename: 'bayar.html', policy: payPolicy };
}
