const minute = 60;
const waits = [2 * minute, 10 * minute, 30 * minute, 90 * minute, 210 * minute];

/** How often Midtrans sends again after such an answer (docs.midtrans.com/docs/https-notification-webhooks). */
function retriesFor(status: number | undefined): number {
  if (status === undefined) return 5;
  // 307 and 308 would be followed by the documentation; protocols.md says that redirects are not.
  if (status >= 300 && status < 400) return 0;
  if (status === 500) return 1;
  if (status === 503) return 4;
  return status === 400 || status === 404 ? 2 : 5;
}

/** Seconds until a notification is sent again after so many attempts, counted from the last; Midtrans shortens them at random. */
export const retryAfter = (attempts: number, status: number | undefined): number | undefined =>
  attempts > retriesFor(status) ? undefined : waits[attempts - 1];
