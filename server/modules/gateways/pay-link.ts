import { payPath } from '#contract';
import { sameText } from '#kit/crypto.ts';
import type { Db } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { readOrganisation } from '../organisation/index.ts';

const purpose = 'payment link';
const idBytes = 16;
const macBytes = 16;

/** The address of the page on which an invoice is paid. It names the invoice and cannot be guessed; it lasts as long as the invoice. */
export function payUrl(kit: Kit, invoiceId: string): string {
  const id = Buffer.from(invoiceId.replaceAll('-', ''), 'hex');
  const mac = macOf(kit, invoiceId);
  return `${kit.config.appUrl}${payPath}/${Buffer.concat([id, mac]).toString('base64url')}`;
}

/** The invoice that the token of such an address names; undefined where it is not one of ours. */
export function invoiceOf(kit: Kit, token: string): string | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== idBytes + macBytes || bytes.toString('base64url') !== token) return undefined;
  const hex = bytes.subarray(0, idBytes).toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const mac = macOf(kit, id);
  return sameText(mac.toString('hex'), bytes.subarray(idBytes).toString('hex')) ? id : undefined;
}

const macOf = (kit: Kit, id: string) =>
  Buffer.from(kit.secrets.mark(id, purpose), 'hex').subarray(0, macBytes);

/** Where invoices can be paid, by their ids; nothing where no way to pay is set up. */
export async function payUrlsOf(
  kit: Kit,
  db: Db,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { midtrans, xendit } = kit.config;
  const isOnline = midtrans !== undefined || xendit !== undefined;
  if (!isOnline && (await readOrganisation(db)).payment_instructions === null) return new Map();
  return new Map(invoiceIds.map((id) => [id, payUrl(kit, id)]));
}
