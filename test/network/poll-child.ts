import { pollRouter } from '../../server/modules/usage/index.ts';
import { testApp } from '../support/test-app.ts';

// A worker of its own, to be killed: node poll-child.ts DATABASE_URL ROUTER_ID NOW
const [, , databaseUrl = '', routerId = '', now = ''] = process.argv;
await using nadi = await testApp({ databaseUrl, now });
await pollRouter(nadi.kit, routerId);
