import { AgentError } from './errors.ts';

/** What the machine refuses, as a person can do something about it; undefined where it is none of these. */
export function ofTheMachine(error: unknown): AgentError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const where = 'path' in error && typeof error.path === 'string' ? `${error.path}: ` : '';
  const isSqlite = error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error;
  // The lower byte says what it is, the others say more of it (sqlite.org/rescode.html).
  const words = isSqlite ? ofSqlite[Number(error.errcode) & 0xff] : faults[String(error.code)];
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
const torn = {
  code: 'state_damaged',
  en: 'the agent’s state (agent.sqlite in its folder) is damaged. Put back a copy of it, or move it away: the installation stays as it is, and the history begins anew.',
  id: 'data agen (agent.sqlite di foldernya) rusak. Kembalikan salinannya, atau pindahkan: instalasinya tetap, dan riwayatnya mulai dari awal.',
};
/** What SQLite says, too, where there is no room for what it keeps in memory beside its file. */
const ioFault = {
  code: 'disk_fault',
  en: 'the disk is full, or cannot be read or written. Make room and look after the disk, then run the command again.',
  id: 'disk penuh, atau tidak bisa dibaca maupun ditulis. Kosongkan ruang dan periksa disknya, lalu jalankan perintahnya lagi.',
};
const ofSqlite: Readonly<Record<number, typeof full>> = {
  8: denied,
  10: ioFault,
  11: torn,
  13: full,
  14: denied,
  26: torn,
};
const faults: Readonly<Record<string, typeof full>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: readOnly,
};
