/** A refusal of a wire with an envelope of its own, as the error model would say it; any other as it is. */
export function asErrorModel(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!('has_update' in body)) return body;
  const { message, server_message: said, errors } = body;
  const code = message === 'UNAUTHORIZED' ? 'unauthenticated' : String(message).toLowerCase();
  // Of who is nobody that wire says nothing.
  return { message: said ?? 'Tidak dikenal.', code, ...(errors === undefined ? {} : { errors }) };
}
