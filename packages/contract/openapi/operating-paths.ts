const text = { type: 'string' };

const health = {
  type: 'object',
  required: ['status', 'timestamp', 'database', 'quota_system'],
  properties: {
    status: { type: 'string', enum: ['healthy', 'unhealthy'] },
    timestamp: { type: 'string', format: 'date-time' },
    database: { type: 'string', enum: ['connected', 'disconnected'] },
    quota_system: { type: 'string', enum: ['operational', 'unavailable'] },
  },
};

/** What balancers, monitors and the update agent ask: not business, so not among the endpoints of modules. */
export function operatingPaths(): Record<string, object> {
  return {
    '/api/health': { get: healthOf('health') },
    '/api/v1/health': { get: healthOf('healthV1') },
    '/livez': {
      get: ask('live', 'Whether the process runs', { 200: answer('It runs.', status(['ok'])) }),
    },
    '/readyz': {
      get: ask('ready', 'Whether to send requests here', {
        200: answer('Send them.', status(['ready'])),
        503: answer('Starting, stopping or without its database.', status(['not_ready'])),
      }),
    },
    '/metrics': {
      get: {
        ...ask('metrics', 'Figures in the format of Prometheus', {
          200: { description: 'The figures.', content: { 'text/plain': { schema: text } } },
          401: answer('Not from this machine, or without the token.', { $ref: '#/components/schemas/Error' }),
        }),
        description:
          'For whoever holds METRICS_TOKEN as bearer token; where none is set, for this machine alone.',
        security: [{}, { bearer: [] }],
      },
    },
    '/openapi.json': {
      get: ask('openapi', 'This description', {
        200: answer('An OpenAPI 3.1 document.', { type: 'object' }),
      }),
    },
  };
}

function healthOf(operationId: string): object {
  return ask(operationId, 'Whether the installation is healthy', {
    200: answer('It is.', health),
    503: answer('Its database cannot be reached.', health),
  });
}

function ask(operationId: string, summary: string, responses: Record<number, object>): object {
  return {
    operationId,
    tags: ['Operating'],
    summary,
    description: 'Anyone, without signing in.',
    security: [],
    responses,
  };
}

function answer(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } };
}

function status(values: readonly string[]): object {
  return { type: 'object', required: ['status'], properties: { status: { type: 'string', enum: values } } };
}
