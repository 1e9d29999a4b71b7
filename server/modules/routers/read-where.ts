import { type Commander, equals, or, print, type Row } from '#routeros';

const namesInOne = 40;

/** Rows with any of the given properties; a row that answers two questions comes once. */
export async function readWhere(
  on: Commander,
  menu: string,
  fields: readonly string[],
  asked: readonly (readonly [name: string, value: string])[],
): Promise<readonly Row[]> {
  const chunks = Array.from({ length: Math.ceil(asked.length / namesInOne) }, (_, index) =>
    asked.slice(index * namesInOne, (index + 1) * namesInOne),
  );
  const answers = await Promise.all(
    chunks.map((chunk) =>
      print(on, menu, { fields, where: or(...chunk.map(([name, value]) => equals(name, value))) }),
    ),
  );
  return [...new Map(answers.flat().map((row) => [row['.id'], row])).values()];
}
