import type { Kit } from '#kit/kit.ts';
import type { Module } from '#kit/module.ts';

/** Signs what installations believe: metadata of releases, tokens, messages and directives. */
export function trustModule(_kit: Kit): Module {
  return { name: 'trust', routes: [] };
}
