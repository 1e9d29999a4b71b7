import { reconcileRouter } from '../../server/modules/provisioning/index.ts';
import { testApp } from '../support/test-app.ts';

// A worker of its own, to be killed: node reconcile-child.ts DATABASE_URL ROUTER_ID
const [, , databaseUrl = '', routerId = ''] = process.argv;
await using nadi = await testApp({ databaseUrl });
await reconcileRouter(nadi.kit, routerId);
