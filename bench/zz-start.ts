import { benchStart } from './start.ts';
const ok = await benchStart((line) => console.log(line));
console.log(ok);
