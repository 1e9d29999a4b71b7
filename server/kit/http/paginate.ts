import type { PageRequest, PageRows } from '../page-queries.ts';
import type { Call } from './call.ts';

/** Laravel's paginator (decisions.md, Everywhere): data, numbers and links, plus `next_cursor`. */
export function paginate<Row, Item>(
  call: Call,
  request: PageRequest,
  page: PageRows<Row>,
  present: (row: Row) => Item,
) {
  const { per_page: size, cursor } = request;
  const current = cursor === undefined ? request.page : 1;
  const lastPage = Math.max(1, Math.ceil(page.total / size));
  const url = (number: number) => pageUrl(call, number);
  const from = page.rows.length === 0 ? null : (current - 1) * size + 1;
  const previous = current > 1 ? url(current - 1) : null;
  const next = page.nextCursor === null ? null : url(current + 1);
  return {
    data: page.rows.map(present),
    current_page: current,
    first_page_url: url(1),
    from,
    last_page: lastPage,
    last_page_url: url(lastPage),
    links: [
      { url: previous, label: '&laquo; Previous', active: false },
      ...pageNumbers(current, lastPage).map((number) => ({
        url: url(number),
        label: String(number),
        active: number === current,
      })),
      { url: next, label: 'Next &raquo;', active: false },
    ],
    next_page_url: next,
    path: call.address,
    per_page: size,
    prev_page_url: previous,
    to: from === null ? null : from + page.rows.length - 1,
    total: page.total,
    total_is_estimate: page.totalIsEstimate,
    next_cursor: page.nextCursor,
  };
}

function pageUrl(call: Call, number: number): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.rawQuery)) {
    if (name !== 'page' && name !== 'cursor' && typeof value === 'string') query.set(name, value);
  }
  query.set('page', String(number));
  return `${call.address}?${query}`;
}

/** The pages around the current one; Laravel shows three on each side. */
function pageNumbers(current: number, last: number): number[] {
  const first = Math.max(1, Math.min(current - 3, last - 6));
  return Array.from({ length: Math.min(7, last) }, (_, index) => first + index);
}
