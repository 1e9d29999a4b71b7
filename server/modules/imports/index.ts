export { importInvoices } from './import-invoices.ts';
export { importPayments } from './import-payments.ts';
export { parseAddress } from './phpnuxbill/connect.ts';
export { importPhpnuxbill, type PhpnuxbillImported } from './phpnuxbill/import-phpnuxbill.ts';
export { importedBefore, type Origin, rememberOrigins } from './source-queries.ts';
