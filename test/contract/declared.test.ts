import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as contract from '#contract';
import { allEndpoints, endpointGroups } from '#contract';
import { providerEdition } from '../../server/editions/provider.ts';
import { vendorEdition } from '../../server/editions/vendor.ts';
import { testApp } from '../support/test-app.ts';
import { wholeEdition } from '../support/whole-edition.ts';

const nadi = await testApp({ edition: wholeEdition });
after(() => nadi[Symbol.asyncDispose]());

test('every group of endpoints that the contract exports is among all', () => {
  const isGroup = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).length > 0 &&
    Object.values(value).every(
      (entry) => typeof entry === 'object' && entry !== null && 'permission' in entry,
    );
  const exported = Object.entries(contract).filter(([, value]) => isGroup(value));
  assert.deepEqual(exported.map(([name]) => name).sort(), Object.keys(endpointGroups).sort());
});

test('the server answers what is declared, each once, and nothing else', () => {
  const served = nadi.edition.modules.flatMap((module) =>
    module.routes.map(({ spec }) => `${spec.method} ${spec.path}`),
  );
  const declared = allEndpoints.map(({ spec }) => `${spec.method} ${spec.path}`);
  assert.deepEqual(served.sort(), declared.sort());
  assert.equal(new Set(declared).size, declared.length);
  assert.equal(new Set(allEndpoints.map(({ name }) => name)).size, declared.length);
});

test('endpoints without a permission are few and known', () => {
  const open = allEndpoints.filter(({ spec }) => spec.permission === 'public').map(({ name }) => name);
  assert.deepEqual(open.sort(), [
    'checkOta',
    'csrfCookie',
    'downloadOta',
    'downloadOtaDelta',
    'downloadRepositoryAsset',
    'forgotPassword',
    'heartbeatOta',
    'latestRepositoryRelease',
    'licenseHeartbeat',
    'listRepositoryReleases',
    'login',
    'migrateLicense',
    'pairLicense',
    'receiveMidtransNotification',
    'receiveXenditCallback',
    'reportOta',
    'repositoryReleaseByTag',
    'resetPassword',
    'rotateLicenseToken',
    'sendSignInCode',
    'showLicenseHelp',
    'showLicenseKeys',
    'showNotice',
    'showNoticeLogo',
    'showPayPage',
    'showUpdateMetadata',
    'showUpdateTarget',
    'signInCustomer',
    'startPayment',
    'unpairLicense',
  ]);
});

for (const [name, edition] of Object.entries({ provider: providerEdition, vendor: vendorEdition }))
  test(`the documentation of the ${name}’s edition names what it answers, and nothing of the other`, async () => {
    await using app = await testApp({ edition });
    const document = (await app.request({ url: '/openapi.json' })).json();
    const told = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const operating = told.filter((each) => !declared.has(each));
    const served = app.edition.modules.flatMap((module) =>
      module.routes.flatMap(({ spec }) => namesOf(spec)),
    );
    assert.deepEqual(told.sort(), [...served, ...operating].sort());
    assert.ok(operating.length > 0 && operating.length < 10);
  });

const namesOf = ({ method, path }: (typeof allEndpoints)[number]['spec']) =>
  (method === 'PUT' ? ['put', 'patch'] : [method.toLowerCase()]).map(
    (each) => `${each} ${path.replace(/:(\w+)/g, '{$1}')}`,
  );
const declared = new Set(allEndpoints.flatMap(({ spec }) => namesOf(spec)));
