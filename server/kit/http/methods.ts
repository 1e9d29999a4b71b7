import type { FastifyInstance, HTTPMethods } from 'fastify';
import { AppError } from '../errors.ts';
import type { Route } from '../module.ts';
import { sendError } from './errors.ts';

const known: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Answers 405 with Allow (RFC 9110 §15.5.6) where an address exists but does not take the method. */
export function refuseOtherMethods(app: FastifyInstance, routes: readonly Route[]): void {
  const taken = Map.groupBy(routes, (route) => route.spec.path);
  for (const [url, ofPath] of taken) {
    const methods = new Set(ofPath.flatMap(({ spec }) => methodsOf(spec.method)));
    const others = known.filter((method) => !methods.has(method));
    if (others.length === 0) continue;
    const allow = [...methods, 'OPTIONS'].join(', ');
    const say = ofPath.find((route) => route.sayRefusal !== undefined)?.sayRefusal;
    app.route({
      method: others,
      url,
      exposeHeadRoute: false,
      // Before any body is read.
      onRequest: async (request, reply) =>
        sendError(request, reply.header('allow', allow), new AppError('method_not_allowed'), say),
      handler: async () => undefined,
    });
  }
}

/** The methods that an endpoint's own one answers. */
function methodsOf(method: Route['spec']['method']): readonly HTTPMethods[] {
  if (method === 'GET') return ['GET', 'HEAD'];
  return method === 'PUT' ? ['PUT', 'PATCH'] : [method];
}
