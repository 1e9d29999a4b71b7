import { quotaHooks } from '../../server/editions/provider.ts';
import { workBulkJobs } from '../../server/modules/quota/index.ts';
import { testApp } from '../support/test-app.ts';

// A worker of its own, to be killed: node bulk-child.ts DATABASE_URL
const [, , databaseUrl = ''] = process.argv;
await using nadi = await testApp({ databaseUrl });
await workBulkJobs(nadi.kit, quotaHooks, { batch: 20 });
