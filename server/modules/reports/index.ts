import { reports } from '#contract';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import type { ReadOnlyMode } from '#kit/read-only.ts';
import {
  answerChurn,
  answerCollections,
  answerMrr,
  answerReceivables,
  answerRevenue,
  answerTax,
} from './answers.ts';
import { prepareJob } from './prepare.ts';
import { answerTimeline } from './timeline.ts';

export { prepareReports } from './prepare.ts';
export { readStanding } from './standing.ts';

export function reportsModule(kit: Kit, readOnly: ReadOnlyMode): Module {
  return {
    name: 'reports',
    jobs: [prepareJob(kit, readOnly)],
    routes: routes(reports, {
      reportMrr: ({ query }, { language }) => answerMrr(kit, query, language),
      reportChurn: ({ query }, { language }) => answerChurn(kit, query, language),
      reportRevenue: ({ query }, { language }) => answerRevenue(kit, query, language),
      reportReceivables: ({ query }, { language }) => answerReceivables(kit, query, language),
      reportCollections: ({ query }, { language }) => answerCollections(kit, query, language),
      reportTax: ({ query }, { language }) => answerTax(kit, query, language),
      customerTimeline: (request, { language }) => answerTimeline(kit, request, language),
    }),
  };
}
