import { AgentError } from '../errors.ts';

/** @throws {AgentError} bad_option */
export function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new AgentError('bad_option', {
    en: `${name} is a whole number from 1 on.`,
    id: `${name} berupa bilangan bulat mulai dari 1.`,
  });
}
