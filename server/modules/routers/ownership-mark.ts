/** What the comment of an entry begins with that belongs to a subscription. */
const start = 'nadi:';

/** Whose an entry is stands in its comment: what has no mark is somebody else's, and stays as it is. */
export const markOf = (id: string) => `${start}${id}`;

/** Whether a comment passes for a mark. */
export const isMark = (comment: string | undefined) => comment?.startsWith(start) === true;

const marked = /^nadi:([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![0-9a-f-])/;

/** The id in a mark; undefined for what is not Nadi's. */
export const ownerOf = (comment: string | undefined) => marked.exec(comment ?? '')?.[1];
