/** Where components count what they do: their work queues. */
export interface ComponentMetrics {
  /** A queue begins; it ends when the signal is aborted. */
  queue(queue: CountedQueue, signal: AbortSignal): QueueCounter;
}

/** A work queue, as it is now. */
export interface CountedQueue {
  readonly name: string;
  /** How many keys wait. */
  readonly length: number;
  /** How long each of the keys that are worked on has been. */
  workedMilliseconds(): number[];
}

/** What a work queue tells. */
export interface QueueCounter {
  added(): void;
  retried(): void;
  /** A key has waited for so long, and is worked on now. */
  waited(seconds: number): void;
  /** A key was worked on for so long. */
  worked(seconds: number): void;
}
