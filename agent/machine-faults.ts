import { AgentError } from './errors.ts';

/** What the machine refuses, as a person can do something about it; undefined where it is none of these. */
export function ofTheMachine(error: unknown): AgentError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const where = 'path' in error && typeof error.path === 'string' ? `${error.path}: ` : '';
  const words = faults[String(error.code)];
  if (words === undefined) return undefined;
  const said = { en: `${where}${words.en}`, id: `${where}${words.id}` };
  return new AgentError(words.code, said, { cause: error });
}

const full = {
  code: 'disk_full',
  en: 'the disk is full. Make room, then run the command again.',
  id: 'disk penuh. Kosongkan ruang, lalu jalankan perintahnya lagi.',
};
const denied = {
  code: 'not_permitted',
  en: 'this may not be read or written. Run the agent as the user who owns the installation.',
  id: 'ini tidak boleh dibaca atau ditulis. Jalankan agen sebagai pengguna pemilik instalasi.',
};
const readOnly = {
  code: 'read_only_disk',
  en: 'the file system is read-only. Mount it for writing, then run the command again.',
  id: 'sistem berkasnya hanya-baca. Pasang agar bisa ditulis, lalu jalankan perintahnya lagi.',
};
const faults: Readonly<Record<string, typeof full>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: readOnly,
};
