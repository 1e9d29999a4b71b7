export { drain } from './drain.ts';
export { type Inherited, inheritedFrom, listenOn } from './inherited.ts';
export { type StandingBy, standBy } from './stand-by.ts';
