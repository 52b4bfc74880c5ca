/** What one level needs of the seats that are shared. */
export interface Claim {
  lower: number;
  upper: number;
  target: number;
}

/**
 * Shares seats fairly: each level gets the same fraction of its target, within its bounds, so that all together get `total`. Undefined
 * when the bounds can't add up to it.
 */
export function shareSeats(total: number, claims: readonly Claim[]): { seats: number[]; fraction: number } | undefined {
  const given = (fraction: number) => claims.map(({ lower, upper, target }) => Math.min(upper, Math.max(lower, fraction * target)));
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  if (sum(given(0)) > total || sum(claims.map(({ target, lower, upper }) => (target > 0 ? upper : lower))) < total) return undefined;
  // Between two of these fractions what is given grows evenly.
  const turns = claims
    .filter(({ target }) => target > 0)
    .flatMap(({ lower, upper, target }) => [lower / target, upper / target])
    .sort((a, b) => a - b);
  let below = 0;
  let givenBelow = sum(given(0));
  for (const turn of turns) {
    const givenHere = sum(given(turn));
    if (givenHere >= total) {
      const fraction = givenHere === givenBelow ? turn : below + ((turn - below) * (total - givenBelow)) / (givenHere - givenBelow);
      return { seats: given(fraction), fraction };
    }
    below = turn;
    givenBelow = givenHere;
  }
  return { seats: given(below), fraction: below };
}
