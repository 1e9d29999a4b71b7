import { startMessages } from '#simulators';

// A mail server, and a WhatsApp that never answers, in a process of their own, so that what they cost is not counted as Nadi's.
const messages = await startMessages({ onlyCount: true });
messages.faults.add({ do: 'hang' });
process.on('message', () => process.send?.({ count: messages.count() }));
process.send?.({ url: messages.url, smtpPort: messages.smtpPort });
process.on('disconnect', () => process.exit());
