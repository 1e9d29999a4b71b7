import type { Kit } from '#kit/kit.ts';
import type { Module } from '#kit/module.ts';

/** Licenses, and the installations that run on them. */
export function licensingModule(_kit: Kit): Module {
  return { name: 'licensing', routes: [] };
}
