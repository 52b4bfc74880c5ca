const longestSeconds = 32;

/**
 * What a refused client is told to wait: doubled while many are refused, taken back second by second when few are. Looked at once
 * for each second in which a request was refused.
 */
export class RetryAfter {
  #seconds = 1;
  #raisedAt = 0;
  #current = 0;
  #count = 0;
  #history: { second: number; refused: number }[] = [];

  get seconds(): number {
    return this.#seconds;
  }

  refused(nowMilliseconds: number): void {
    const second = Math.floor(nowMilliseconds / 1000);
    if (second === this.#current) {
      this.#count++;
      return;
    }
    const ended = this.#current;
    this.#history = this.#history.filter((past) => ended - past.second <= longestSeconds);
    this.#history.push({ second: ended, refused: this.#count });
    this.#current = second;
    this.#count = 1;
    this.#adjust(second);
  }

  #adjust(now: number): void {
    let refused = 0;
    for (const past of this.#history) if (now - past.second <= this.#seconds) refused += past.refused;
    if (now - this.#raisedAt >= this.#seconds && refused >= 3 * this.#seconds) {
      this.#seconds = Math.min(longestSeconds, 2 * this.#seconds);
      this.#raisedAt = now;
    } else if (refused < this.#seconds && this.#seconds > 1) this.#seconds--;
  }
}
