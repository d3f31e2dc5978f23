/** How nearly a name stands in what was said, 0 to 100: the best window by shared letters in order (Indel similarity,
as rapidfuzz's `ratio` and `partial_ratio`). */

export function likeness(said: string, name: string): number {
  return said.length > name.length ? partial(name, said) : ratio(said, name);
}

function ratio(a: string, b: string): number {
  const total = a.length + b.length;
  return total ? (200 * shared(a, b)) / total : 100;
}

function partial(short: string, long: string): number {
  if (!short.length) return 0;
  let best = 0;
  const size = short.length;
  for (let from = 1 - size; from < long.length; from++) {
    best = Math.max(best, ratio(short, long.slice(Math.max(0, from), from + size)));
    if (best === 100) return best;
  }
  return best;
}

/** Length of the longest common subsequence. */
function shared(a: string, b: string): number {
  const row = new Uint16Array(b.length + 1);
  for (const letter of a) {
    let corner = 0;
    for (let at = 1; at <= b.length; at++) {
      const above = row[at] as number;
      row[at] = letter === b[at - 1] ? corner + 1 : Math.max(above, row[at - 1] as number);
      corner = above;
    }
  }
  return row[b.length] as number;
}
