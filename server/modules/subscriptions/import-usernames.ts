const mostCharacters = 64;
const mostProposals = 50;

/** Usernames to take instead of `name`, best first: budi-2, budi-3 … Some of them may be in use. */
export function usernameProposals(name: string): readonly string[] {
  return Array.from({ length: mostProposals }, (_, index) => {
    const ending = `-${index + 2}`;
    return `${name.slice(0, mostCharacters - ending.length)}${ending}`;
  });
}
