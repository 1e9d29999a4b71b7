import type { Kit } from '#kit/kit.ts';
import type { Module } from '#kit/module.ts';

/** Releases, what is in them, and the ways from one to another. */
export function releasesModule(_kit: Kit): Module {
  return { name: 'releases', routes: [] };
}
