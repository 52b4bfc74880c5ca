/** `: did you mean "NAME"?`, where one of the names is a slip of the pen away. */
export function nearest(word: string, names: Iterable<string>): string {
  let found: string | undefined;
  let least = Math.min(3, Math.floor(word.length / 2) + 1);
  for (const name of names) {
    const distance = distanceOf(word.toLowerCase(), name.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    found = name;
  }
  return found === undefined ? "" : `: did you mean "${found}"?`;
}

/** How many letters are to be changed, added or taken away (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
