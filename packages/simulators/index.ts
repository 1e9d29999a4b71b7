export { type Bucket, startBucket } from './bucket/bucket.ts';
export type { MailFault } from './messages/smtp.ts';
export {
  type Messages,
  type MessagesOptions,
  type SentMessage,
  startMessages,
} from './messages/start-messages.ts';
export type { Payment as MidtransPayment } from './midtrans/pay.ts';
export type { Choice as MidtransChoice } from './midtrans/payment-types.ts';
export { type Midtrans, type MidtransOptions, startMidtrans } from './midtrans/start-midtrans.ts';
export type { Asked as GatewayCall } from './payments/call.ts';
export type { CallFault, NotificationFault, PaymentFault, PaymentFaults } from './payments/faults.ts';
export type { Notification as GatewayNotification } from './payments/notification.ts';
export { toBytes, toText } from './router/codec.ts';
export type { CommandEffect, ConnectionEffect, Fault, FaultOptions, Faults } from './router/faults.ts';
export type { Account } from './router/fill.ts';
export type { Cpe } from './router/life.ts';
export type { Dialled, Refusal } from './router/ppp.ts';
export type { Dial, Session } from './router/session-rows.ts';
export { type Router, type RouterOptions, startRouter } from './router/start-router.ts';
export type { Stats } from './router/stats.ts';
export type { Row, Table } from './router/table.ts';
export type { Version } from './router/version.ts';
export type { Limits } from './router/world.ts';
export type { SimulatorClock } from './time.ts';
export type { InvoicePayment } from './xendit/invoice.ts';
export { startXendit, type Xendit, type XenditOptions } from './xendit/start-xendit.ts';
