/** Something the operator has to change, in a plain sentence that says what: permissions, place, platform. */
export class PostgresFault extends Error {
  override readonly name: string = 'PostgresFault';
}
