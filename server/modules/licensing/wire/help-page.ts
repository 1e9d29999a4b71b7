import { licenseWireErrors } from '#contract';
import type { Language } from '#kit/errors.ts';
import { html, pagePolicy } from '#kit/http/html.ts';
import { wireCode } from './say-refusal.ts';

const style = `
body{margin:0;background:#f3f4f6;color:#111827;font:17px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:40rem;margin:0 auto;padding:1rem}
section{background:#fff;border-radius:.75rem;padding:1rem;margin:.75rem 0}
section:target{border-left:.4rem solid #15803d}
h1{font-size:1.3rem}
h2{font-size:1.05rem;margin:0 0 .5rem}
p{margin:0 0 .5rem}
`;
// As it is: its hash stands in the policy, and it holds nothing of anybody's.
const styleElement = html(Object.assign([`<style>${style}</style>`], { raw: [] }));

const words = {
  en: { title: 'What license messages mean, and what to do', next: 'What to do:', other: 'Bahasa Indonesia' },
  id: {
    title: 'Arti pesan lisensi, dan apa yang perlu dilakukan',
    next: 'Yang perlu dilakukan:',
    other: 'English',
  },
};

/** A page with every refusal of the license wire; each has its code as its place. */
export function helpPage(language: Language) {
  const { title, next, other } = words[language];
  const others = language === 'id' ? 'en' : 'id';
  const sections = Object.entries(licenseWireErrors).map(
    ([code, refusal]) =>
      html`<section id="${wireCode(code)}"><h2>${wireCode(code)}</h2><p>${refusal[language]}</p><p><b>${next}</b> ${refusal.action[language]}</p></section>
`,
  );
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title>
${styleElement}
</head>
<body>
<main>
<h1>${title}</h1>
<p><a href="?language=${others}" lang="${others}">${other}</a></p>
${sections}
</main>
</body>
</html>
`;
  return {
    type: 'text/html' as const,
    bytes: Buffer.from(page.text),
    filename: 'lisensi.html',
    policy: pagePolicy(style),
  };
}
