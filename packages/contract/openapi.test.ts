import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { allEndpoints } from './all.ts';
import { openapiDocument, openapiText } from './openapi.ts';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly required: boolean };
  readonly [key: string]: unknown;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const document: OpenApi = JSON.parse(openapiText());

const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

function at(path: string, method: string): Operation {
  const found = document.paths[path]?.[method];
  assert.ok(found, `${method} ${path}`);
  return found;
}

test('the document is valid OpenAPI 3.1, and the validator can tell', async () => {
  const { valid, errors } = await new Validator().validate(openapiText());
  assert.ok(valid, JSON.stringify(errors));
  const broken = { ...openapiDocument(), paths: { 'no-slash': {} } };
  assert.equal((await new Validator().validate(broken)).valid, false);
});

test('every reference leads somewhere, and every component is used', () => {
  const used = new Set(
    openapiText()
      .matchAll(/"#\/components\/(\w+\/\w+)"/g)
      .map(([, name]) => name),
  );
  const had = Object.entries(document.components)
    .filter(([kind]) => kind !== 'securitySchemes')
    .flatMap(([kind, parts]) => Object.keys(parts).map((name) => `${kind}/${name}`));
  assert.deepEqual([...used].sort(), had.sort());
});

test('every endpoint is there once under its method, and a PUT also under PATCH', () => {
  for (const { name, spec } of allEndpoints) {
    const path = spec.path.replace(/:(\w+)/g, '{$1}');
    assert.equal(at(path, spec.method.toLowerCase()).operationId, name);
    assert.equal(document.paths[path]?.patch !== undefined, document.paths[path]?.put !== undefined, path);
  }
  const ids = operations.map((operation) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
});

test('an endpoint tells its permission, roles, refusals and what is required', () => {
  const pay = at('/api/invoices/{id}/mark-paid', 'post');
  assert.equal(pay['x-permission'], 'payments:write');
  assert.deepEqual(pay['x-roles'], ['super_owner', 'admin', 'operator']);
  assert.equal(pay.requestBody?.required, false);
  assert.equal(
    pay.responses['409']?.$ref,
    '#/components/responses/ConflictOrInvoicePaidOrInvoiceCancelledOrInvoiceDraftOrBooksClosed',
  );
  assert.equal(pay.responses['503']?.$ref, '#/components/responses/ReadOnlyOrUnavailable');
  assert.deepEqual(at('/api/login', 'post').security, []);
  const file = at('/api/invoices/{id}/pdf', 'get').responses['200'];
  assert.deepEqual(file, { description: 'Done.', content: { 'application/pdf': {} } });
  const page = at('/api/customers', 'get').parameters?.find(({ name }) => name === 'page');
  assert.deepEqual(page, {
    name: 'page',
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 10_000, default: 1 },
  });
});
