import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.ts';
import { UserError } from './errors.ts';

test('without any variable there is a working configuration, with every integration off', () => {
  const config = readConfig({}, '/data');
  assert.equal(config.dataDir, '/data');
  assert.equal(config.databaseUrl, undefined);
  assert.equal(config.mail, undefined);
  assert.equal(config.midtrans, undefined);
  assert.equal(config.xendit, undefined);
  assert.equal(config.appUrl, 'http://localhost:8080');
  assert.equal(readConfig({ PORT: '9090' }, '/data').appUrl, 'http://localhost:9090');
  assert.deepEqual(config.corsOrigins, []);
});

test('every fault is told at once, by name, and no value is repeated', () => {
  const env = {
    PORT: '99999',
    APP_KEY: 'base64:tooshort-secret',
    DB_CONNECTION: 'mysql',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://u:very-secret@h/d',
  };
  assert.throws(
    () => readConfig(env, '/data'),
    (error) => {
      assert.ok(error instanceof UserError);
      for (const name of Object.keys(env)) assert.match(error.message, new RegExp(`^  ${name}: `, 'm'));
      assert.match(error.message, /5 fault/);
      assert.match(error.message, /does not run on MySQL/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
});

test('DB_* variables of spec 3 make a connection string, with signs in the password', () => {
  const config = readConfig(
    {
      DB_CONNECTION: 'pgsql',
      DB_HOST: 'db.example',
      DB_DATABASE: 'isp',
      DB_USERNAME: 'u',
      DB_PASSWORD: 'p@/:#',
    },
    '/data',
  );
  assert.equal(config.databaseUrl, 'postgres://u:p%40%2F%3A%23@db.example:5432/isp');
});

test('CORS: FRONTEND_URL everywhere, spec 3’s development origins outside production alone', () => {
  const env = { FRONTEND_URL: 'https://a.example/, https://b.example' };
  assert.deepEqual(readConfig(env, '/').corsOrigins, ['https://a.example', 'https://b.example']);
  assert.ok(readConfig({ ...env, APP_ENV: 'local' }, '/').corsOrigins.includes('http://localhost:3000'));
});
