import { testApp } from '../support/test-app.ts';
import { tick } from './notification-support.ts';

// A worker of its own, to be killed: node send-child.ts DATABASE_URL NOW, with the places of messages in its environment.
const [, , databaseUrl = '', now = ''] = process.argv;
const names = ['MAIL_HOST', 'MAIL_PORT', 'MAIL_ENCRYPTION', 'MAIL_FROM_ADDRESS'];
const env = Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
await using nadi = await testApp({ databaseUrl, now, env });
await tick(nadi);
