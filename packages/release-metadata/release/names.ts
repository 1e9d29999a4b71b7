import { ReleaseFault } from './fault.ts';
import { defaultLimits, type Limits } from './limits.ts';

/** Names that Windows keeps for devices, whatever follows a dot (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). */
const devices = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u001f\u007f-\u009f]/;
/** Not seen when read, and passed over by some file systems when names are compared. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u;
const longestSegment = 255;

/** What is wrong with a path by itself, for every system a release may be unpacked on; undefined where nothing is. */
function faultOf(path: string, { pathBytes, depth }: Limits): { en: string; id: string } | undefined {
  if (path === '') return { en: 'an entry has no name.', id: 'sebuah isi tidak punya nama.' };
  if (path.includes('\uFFFD') || !path.isWellFormed())
    return {
      en: 'the name is not UTF-8. Rename the file and make the archive again.',
      id: 'namanya bukan UTF-8. Ganti nama berkasnya lalu buat arsipnya lagi.',
    };
  if (controls.test(path) || invisible.test(path))
    return {
      en: 'the name has a character that cannot be seen. Rename the file.',
      id: 'namanya memuat karakter yang tidak terlihat. Ganti nama berkasnya.',
    };
  if (path.includes('\\'))
    return {
      en: 'the name has a backslash. Make the archive with / between folders.',
      id: 'namanya memuat garis miring terbalik. Buat arsipnya dengan / di antara folder.',
    };
  if (path.startsWith('/') || /^[a-z]:/i.test(path))
    return {
      en: 'the path is absolute. Make the archive from inside the folder.',
      id: 'jalurnya absolut. Buat arsipnya dari dalam folder.',
    };
  const segments = path.split('/');
  if (segments.some((segment) => segment === '..' || segment === '.' || segment === ''))
    return {
      en: 'the path leads elsewhere (".." , "." or nothing between two slashes). Make the archive from inside the folder.',
      id: 'jalurnya menuju tempat lain ("..", "." atau kosong di antara dua garis miring). Buat arsipnya dari dalam folder.',
    };
  if (
    Buffer.byteLength(path) > pathBytes ||
    segments.some((segment) => Buffer.byteLength(segment) > longestSegment)
  )
    return {
      en: `the path is too long: at most ${pathBytes} bytes, and ${longestSegment} for one name.`,
      id: `jalurnya terlalu panjang: paling banyak ${pathBytes} byte, dan ${longestSegment} untuk satu nama.`,
    };
  if (segments.length > depth)
    return {
      en: `it lies more than ${depth} folders deep.`,
      id: `letaknya lebih dari ${depth} folder ke dalam.`,
    };
  if (segments.some((segment) => /[<>:"|?*]|[. ]$/.test(segment) || devices.test(segment)))
    return {
      en: 'Windows or macOS cannot hold this name (one of < > : " | ? *, a dot or space at the end, or a name like CON). Rename the file.',
      id: 'Windows atau macOS tidak dapat menyimpan nama ini (salah satu dari < > : " | ? *, titik atau spasi di akhir, atau nama seperti CON). Ganti nama berkasnya.',
    };
  if (segments.some((segment) => folded(segment) === '.git') || folded(path) === '.env')
    return {
      en: 'this does not belong in a release: it is the settings or the history of whoever made it. Leave it out.',
      id: 'ini tidak boleh ada di rilis: isinya pengaturan atau riwayat pembuatnya. Keluarkan.',
    };
  return undefined;
}

/** The same for all names that some file system takes for one: case and Unicode forms do not count. */
function folded(name: string): string {
  // To capitals and back, since some letters have none of their own or two; down first, since ẞ is one already.
  return name.toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}

/** The files of one tree, by name: refuses what cannot stand beside what is there already. */
export class Names {
  readonly #limits: Limits;
  /** By the folded path: how it was written, and whether it is a file. */
  readonly #known = new Map<string, { readonly path: string; readonly isFile: boolean }>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Takes a file's path, or a folder's. @throws {ReleaseFault} naming the path and the one it collides with */
  add(path: string, kind: 'file' | 'folder'): void {
    const fault = faultOf(path, this.#limits);
    if (fault !== undefined) throw new ReleaseFault(path, fault);
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      this.#enter(path, path.slice(0, at), false);
    this.#enter(path, path, kind === 'file');
  }

  #enter(whole: string, path: string, isFile: boolean): void {
    const key = folded(path);
    const known = this.#known.get(key);
    if (known === undefined) {
      this.#known.set(key, { path, isFile });
      return;
    }
    if (known.path === path && !known.isFile && !isFile) return;
    throw new ReleaseFault(
      whole,
      known.path === path
        ? { en: 'the archive has this name twice.', id: 'arsip ini memuat nama itu dua kali.' }
        : {
            en: `on some systems this is the same name as ${known.path}. Rename one of them.`,
            id: `di sebagian sistem nama ini sama dengan ${known.path}. Ganti nama salah satunya.`,
          },
    );
  }
}

/** @throws {ReleaseFault} where a path cannot be one of a release, or two cannot stand beside each other */
export function refuseBadPaths(paths: Iterable<string>): void {
  const names = new Names(defaultLimits);
  for (const path of paths) names.add(path, 'file');
}
