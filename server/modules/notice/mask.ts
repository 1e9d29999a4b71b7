const mostWords = 4;

/** A name that its bearer knows again and nobody else learns: the first two letters of each word, one of a short word. */
export function masked(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  return words.slice(0, mostWords).map(start).join(' ');
}

function start(word: string): string {
  const letters = [...new Intl.Segmenter().segment(word)].map(({ segment }) => segment);
  return `${letters.slice(0, letters.length > 3 ? 2 : 1).join('')}***`;
}
