import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Values } from './environment.ts';
import { noticesSettings } from './notices-settings.ts';

const text = z.string().min(1).max(4096);
const command = z.array(text).min(1).max(100);
const hook = z.union([
  command.transform((words) => ({ command: words, seconds: 300 })),
  z.strictObject({ command, seconds: z.number().int().min(1).max(86_400).default(300) }),
]);

/** What the environment variables of the specs have no name for. */
const schema = z.strictObject({
  /** Hooks and folders of a kind of application, as a start. */
  profile: z.enum(['laravel']).optional(),
  /** The agent's own folder. */
  folder: text.optional(),
  /** Where packages and what is unpacked of them lie meanwhile. */
  stages: text.optional(),
  excluded: z.array(text).max(1000).default([]),
  databases: z
    .array(
      z.strictObject({
        kind: z.enum(['sqlite']),
        name: z.string().regex(/^[a-z0-9_-]{1,40}$/),
        path: text,
      }),
    )
    .max(20)
    .default([]),
  hooks: z
    .strictObject({
      maintenance_on: hook.optional(),
      maintenance_off: hook.optional(),
      migrate: hook.optional(),
      after_update: z.array(hook).max(50).optional(),
      health: hook.optional(),
    })
    .default({}),
  environment: z.record(z.string(), z.string()).default({}),
  /** The root of the vendor's signatures that the installation was shipped with. */
  root_metadata: text.optional(),
  notices: noticesSettings.prefault({}),
  /** Versions that are not to be taken. */
  skip: z.array(text).max(1000).default([]),
  /** Said with each heartbeat beside what the agent knows itself. */
  client_info: z.record(z.string().max(40), z.string().max(200)).default({}),
});

export type Settings = Readonly<z.output<typeof schema>>;

/** The settings in the file; those of nobody where there is none. What is wrong in it is told to the values. */
export function readSettings(file: string, values: Values): Settings {
  const nothing = schema.parse({});
  if (!existsSync(file)) return nothing;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    values.fault({ en: `${file} is no JSON: ${why}.`, id: `${file} bukan JSON: ${why}.` });
    return nothing;
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  for (const { path, message } of read.error.issues) {
    const said = `${file}: ${[...path].join('.') || '…'}: ${message}`;
    values.fault({ en: said, id: said });
  }
  return nothing;
}
