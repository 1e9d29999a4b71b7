import { createHash } from 'node:crypto';

/** Rupiah as Midtrans writes them: `10000.00`. */
export const money = (rupiah: number): string => rupiah.toFixed(2);

/** A time as Midtrans writes it: in UTC+7, without saying so (docs.midtrans.com/reference/get-transaction-status). */
export const jakartaTime = (milliseconds: number): string =>
  Temporal.Instant.fromEpochMilliseconds(milliseconds)
    .toZonedDateTimeISO('+07:00')
    .toPlainDateTime()
    .toString({ smallestUnit: 'second' })
    .replace('T', ' ');

/** SHA-512 of order, status code, amount as it is written, and server key (docs.midtrans.com/reference/handle-notifications). */
export const signatureOf = (
  orderId: string,
  statusCode: string,
  grossAmount: string,
  serverKey: string,
): string => createHash('sha512').update(`${orderId}${statusCode}${grossAmount}${serverKey}`).digest('hex');
