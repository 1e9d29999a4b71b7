import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as contract from '#contract';
import { allEndpoints, endpointGroups } from '#contract';
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
    'csrfCookie',
    'forgotPassword',
    'licenseHeartbeat',
    'login',
    'migrateLicense',
    'pairLicense',
    'receiveMidtransNotification',
    'receiveXenditCallback',
    'resetPassword',
    'rotateLicenseToken',
    'sendSignInCode',
    'showLicenseHelp',
    'showLicenseKeys',
    'showNotice',
    'showNoticeLogo',
    'showPayPage',
    'signInCustomer',
    'startPayment',
    'unpairLicense',
  ]);
});
