/** Why a picture cannot be used. */
export type ImageFaultKind = 'unknown' | 'broken' | 'interlaced' | 'colours';

/** A file that is not a picture that can be drawn; whoever asked for it words the refusal. */
export class ImageFault extends Error {
  override readonly name = 'ImageFault';
  readonly kind: ImageFaultKind;

  constructor(kind: ImageFaultKind) {
    super(`The image is refused: ${kind}.`);
    this.kind = kind;
  }
}
