const hour = 3600;
const waits = [hour / 4, (hour * 3) / 4, 2 * hour, 3 * hour, 6 * hour, 12 * hour];

/** Seconds until a callback is sent again after so many attempts, whatever was answered but 2xx (docs.xendit.co/webhook-behavior). */
export const retryAfter = (attempts: number): number | undefined => waits[attempts - 1];
