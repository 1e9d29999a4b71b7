import { type ErrorCode, errorCatalog, licenseWireErrors } from '#contract';
import type { AppError, Language } from '#kit/errors.ts';
import { fieldsIn, type SayRefusal } from '#kit/http/errors.ts';

const helpPath = '/bantuan/lisensi';

const later = {
  en: 'Try again later; what is paired works on meanwhile.',
  id: 'Coba lagi nanti; yang sudah terpasang tetap berjalan.',
};
const mistaken = {
  en: 'Install the newest version of the application. If it stays like this, tell us this code.',
  id: 'Pasang versi terbaru aplikasi. Kalau tetap begini, beri tahu kami kode ini.',
};

/** Refusals as the license wire has them (decisions.md): `{ status, code, message, action, help_url }`, and the fields that were wrong. */
export function sayRefusal(appUrl: string): SayRefusal {
  return (error, language) => {
    const refusal = refusalOf(error, language);
    const { fields } = error.detail;
    return {
      ...refusal,
      help_url: `${appUrl}${helpPath}?language=${language}#${refusal.code}`,
      ...(fields ? { errors: fieldsIn(fields, language) } : {}),
    };
  };
}

function refusalOf(error: AppError, language: Language) {
  const code: ErrorCode = error.code === 'too_many_requests' ? 'license_rate_limited' : error.code;
  const known = Object.hasOwn(licenseWireErrors, code)
    ? licenseWireErrors[code as keyof typeof licenseWireErrors] // Just looked up.
    : undefined;
  const message = error.code === 'body_too_large' ? tooLarge[language] : error.said(language);
  return {
    status: errorCatalog[code].status,
    code: wireCode(code),
    message,
    action: (known?.action ?? (errorCatalog[code].status >= 500 ? later : mistaken))[language],
  };
}

const tooLarge = {
  en: 'The body is too large; the limit is 64 KB.',
  id: 'Isi permintaan terlalu besar; batasnya 64 KB.',
};

/** A code as the wire writes it. */
export const wireCode = (code: string): string => code.replace(/^license_/, '').toUpperCase();
