/**
 * A queue of keys with client-go's guarantees: a key is worked on by one worker at a time, a key added while it is worked on
 * comes again afterwards, a key added twice comes once.
 */
export interface WorkQueue {
  add(key: string): void;
  addAfter(key: string, delayMilliseconds: number): void;
  /** After the key's own exponential back-off: 5 ms doubling to 1,000 s, as upstream's default controller limiter. */
  addRateLimited(key: string): void;
  /** Ends the key's back-off. */
  forget(key: string): void;
  failures(key: string): number;
  readonly length: number;
}
