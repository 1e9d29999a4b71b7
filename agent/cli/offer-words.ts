import type { Said } from '../errors.ts';
import type { Checked } from '../update/check.ts';

/** What a check found, line by line. */
export function linesOf(checked: Checked): Said[] {
  const { current, message } = checked;
  const from = message === undefined ? [] : [said(`Server: ${message}`)];
  if (checked.is !== 'offer') return [quiet(checked.is, current), ...from];
  const { version, changelog, files, size, hasMigrations, isForced } = checked.offer;
  return [
    { en: `Update available: ${current} → ${version}`, id: `Pembaruan tersedia: ${current} → ${version}` },
    ...(changelog === '' ? [] : [both('Changelog', 'Perubahan', changelog)]),
    ...(files === undefined ? [] : [both('Files', 'Berkas', String(files))]),
    ...(size === undefined ? [] : [both('Size', 'Ukuran', `${(size / 1024).toFixed(1)} KB`)]),
    hasMigrations ? both('Migrations', 'Migrasi', 'yes', 'ya') : both('Migrations', 'Migrasi', 'no', 'tidak'),
    ...(isForced
      ? [
          {
            en: 'This update is required: the system is restricted until it is applied.',
            id: 'Pembaruan ini wajib: sistem dibatasi sampai dipasang.',
          },
        ]
      : []),
    ...from,
  ];
}

function quiet(is: 'none' | 'suspended' | 'disabled', current: string): Said {
  if (is === 'none')
    return { en: `You are up to date (${current}).`, id: `Sudah versi terbaru (${current}).` };
  return is === 'suspended'
    ? { en: 'Updates are paused by the vendor.', id: 'Pembaruan sedang dijeda oleh vendor.' }
    : {
        en: 'The vendor has switched this installation off.',
        id: 'Instalasi ini dinonaktifkan oleh vendor.',
      };
}

const said = (text: string): Said => ({ en: text, id: text });
const both = (en: string, id: string, value: string, nilai = value): Said => ({
  en: `  ${en}: ${value}`,
  id: `  ${id}: ${nilai}`,
});
