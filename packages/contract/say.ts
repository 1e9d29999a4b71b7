const indonesian = new Map<string, string>();

/** What a schema says of a faulty field: the English text, whose Indonesian is found by {@link inIndonesian}. */
export function say(en: string, id: string): string {
  indonesian.set(en, id);
  return en;
}

/** The Indonesian of a sentence declared with {@link say}; any other text as it is. */
export function inIndonesian(text: string): string {
  return indonesian.get(text) ?? text;
}
