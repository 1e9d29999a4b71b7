import type { Language } from '#kit/errors.ts';
import type { SigningRequest } from './signing-file.ts';

type Words = Readonly<Record<Language, string>>;

/** What the commands that sign tell. */
export const signWords = {
  oneWay: {
    en: 'Use one of --export, --import and --file.',
    id: 'Pakai salah satu saja: --export, --import, atau --file.',
  },
  nothing: { en: 'Nothing waits for signatures.', id: 'Tidak ada yang menunggu tanda tangan.' },
  notNow: {
    en: 'Nothing was signed: no passphrase was given.',
    id: 'Tidak ada yang ditandatangani: kata sandi kunci tidak diisi.',
  },
  handedIn: (versions: readonly string[]): Words => ({
    en: `Drafts handed in to be signed: ${versions.join(', ')}`,
    id: `Draf yang diserahkan untuk ditandatangani: ${versions.join(', ')}`,
  }),
  signedFile: (file: string): Words => ({
    en: `Signed ${file}. Bring it back and run: ./nadi release sign-queue --import ${file}`,
    id: `${file} sudah ditandatangani. Bawa kembali lalu jalankan: ./nadi release sign-queue --import ${file}`,
  }),
  wroteFile: (file: string, request: SigningRequest): Words => ({
    en: `Wrote ${file}: ${counted(request, 'en')}. Sign it with: ./nadi release sign-queue --key KEY --file ${file}`,
    id: `${file} ditulis: ${counted(request, 'id')}. Tanda tangani dengan: ./nadi release sign-queue --key KUNCI --file ${file}`,
  }),
  noKey: (request: SigningRequest): Words => ({
    en: `${counted(request, 'en')} wait. Sign with --key FILE, or take it to another machine with --export FILE.`,
    id: `Yang menunggu: ${counted(request, 'id')}. Tanda tangani dengan --key BERKAS, atau bawa ke mesin lain dengan --export BERKAS.`,
  }),
  given: (files: readonly string[]): Words => ({
    en: `Signed: ${files.join(', ')}`,
    id: `Ditandatangani: ${files.join(', ')}`,
  }),
  live: (roles: readonly string[]): Words => ({
    en: `Live now: ${roles.map((role) => `${role}.json`).join(', ')}`,
    id: `Berlaku sekarang: ${roles.map((role) => `${role}.json`).join(', ')}`,
  }),
  documents: (signed: number, all: number): Words => ({
    en: `${signed} of ${all} documents have all their signatures.`,
    id: `${signed} dari ${all} dokumen sudah lengkap tanda tangannya.`,
  }),
  passedOver: (count: number): Words => ({
    en: `${count} were changed or signed meanwhile and passed over.`,
    id: `${count} dilewati karena sementara itu berubah atau sudah ditandatangani.`,
  }),
  released: (versions: readonly string[]): Words => ({
    en: `Signed: ${versions.join(', ')}. Next: ${versions.map((version) => `./nadi release publish ${version}`).join(' ; ')}`,
    id: `Sudah ditandatangani: ${versions.join(', ')}. Berikutnya: ${versions.map((version) => `./nadi release publish ${version}`).join(' ; ')}`,
  }),
  left: (request: SigningRequest): Words => ({
    en: `Still waiting: ${counted(request, 'en')}.`,
    id: `Masih menunggu: ${counted(request, 'id')}.`,
  }),
};

function counted({ metadata, documents }: SigningRequest, language: Language): string {
  const words = {
    en: { signed: 'signed', documents: 'documents', nothing: 'nothing' },
    id: { signed: 'tanda tangan', documents: 'dokumen', nothing: 'tidak ada' },
  }[language];
  const parts = [
    ...metadata.map(
      ({ role, version, signatures }) => `${role}.json ${version} (${signatures.length} ${words.signed})`,
    ),
    ...(documents.length === 0 ? [] : [`${documents.length} ${words.documents}`]),
  ];
  return parts.join(', ') || words.nothing;
}
