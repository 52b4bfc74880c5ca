import type { ContainerEvent } from "../runtime.ts";

interface Subscriber {
  queue: ContainerEvent[];
  wake: (() => void) | undefined;
}

/** Hands each event to all who are subscribed, in order. */
export class EventFeed {
  readonly #subscribers = new Set<Subscriber>();
  #closed = false;

  publish(event: ContainerEvent): void {
    for (const subscriber of this.#subscribers) {
      subscriber.queue.push(event);
      subscriber.wake?.();
    }
  }

  async *subscribe(signal: AbortSignal, onReady?: () => void): AsyncGenerator<ContainerEvent, void, undefined> {
    const subscriber: Subscriber = { queue: [], wake: undefined };
    const onAbort = () => subscriber.wake?.();
    this.#subscribers.add(subscriber);
    signal.addEventListener("abort", onAbort, { once: true });
    onReady?.();
    try {
      while (!signal.aborted && !this.#closed) {
        const event = subscriber.queue.shift();
        if (event) {
          yield event;
          continue;
        }
        await new Promise<void>((resolve) => {
          subscriber.wake = resolve;
        });
        subscriber.wake = undefined;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#subscribers.delete(subscriber);
    }
  }

  close(): void {
    this.#closed = true;
    for (const subscriber of this.#subscribers) subscriber.wake?.();
  }
}
