import type { Kit } from '#kit/kit.ts';
import type { Module } from '#kit/module.ts';

/** The installations out there: what they say, what they are told, and how releases reach them. */
export function fleetModule(_kit: Kit): Module {
  return { name: 'fleet', routes: [] };
}
