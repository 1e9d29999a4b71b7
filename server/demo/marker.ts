import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '#kit/errors.ts';

const credentials = z.object({ agent_code: z.string(), license_key: z.string() });

const markerSchema = z.object({
  demo: z.enum(['being made', 'finished']),
  plot: z.object({ start: z.string(), days: z.number(), subscribers: z.number() }),
  /** The last local date lived. */
  lived: z.string().optional(),
  /** The software house, once it was made: keys of licenses are shown once, so they are kept here. */
  vendor: z
    .object({ lived: z.string(), installation: credentials, machines: z.array(credentials).readonly() })
    .optional(),
});

/** What stands in `demo.json`: that a folder is a demo, so that nothing else is ever taken for one. */
export type Marker = z.output<typeof markerSchema>;

const fileName = 'demo.json';

/**
 * The marker of the folder; undefined where the folder is missing or empty.
 * @throws {UserError} when the folder holds anything but a demo.
 */
export function readMarker(dataDir: string): Marker | undefined {
  if (!existsSync(dataDir)) return undefined;
  const file = join(dataDir, fileName);
  if (existsSync(file)) {
    const marker = parsed(readFileSync(file, 'utf8'));
    if (marker !== undefined) return marker;
  } else if (readdirSync(dataDir).every((name) => name.startsWith(fileName))) return undefined;
  throw new UserError(
    `The folder ${dataDir} holds something that is not a demo, and nothing in it is changed. Choose another with --data.`,
  );
}

function parsed(text: string): Marker | undefined {
  try {
    return markerSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function writeMarker(dataDir: string, marker: Marker): void {
  mkdirSync(dataDir, { recursive: true });
  writeWhole(join(dataDir, fileName), `${JSON.stringify(marker, null, 2)}\n`, 0o600);
}

/** Writes the file so that whoever looks sees all of it or none, also after a power cut. */
export function writeWhole(file: string, text: string, mode: number): void {
  const draft = `${file}.${process.pid}.tmp`;
  const handle = openSync(draft, 'w', mode);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
}
