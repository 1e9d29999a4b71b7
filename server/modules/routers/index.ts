export { addDefaultRouter } from './add-default-router.ts';
