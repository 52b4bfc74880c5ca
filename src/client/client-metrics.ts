import { Count, counts, exponentialBounds, HistogramTally, histograms, type NamedSamples, Tallies } from "../machinery/metrics.ts";
import type { ComponentMetrics, CountedQueue, QueueCounter } from "./component-metrics.ts";

const queueBounds = exponentialBounds(1e-8, 10, 10);
const requestBounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** What is counted of the work queues of one name. */
class QueueTallies implements QueueCounter {
  readonly #adds: Count;
  readonly #retries: Count;
  readonly #waited: HistogramTally;
  readonly #worked: HistogramTally;

  constructor(adds: Count, retries: Count, waited: HistogramTally, worked: HistogramTally) {
    this.#adds = adds;
    this.#retries = retries;
    this.#waited = waited;
    this.#worked = worked;
  }

  added(): void {
    this.#adds.value++;
  }

  retried(): void {
    this.#retries.value++;
  }

  waited(seconds: number): void {
    this.#waited.observe(seconds);
  }

  worked(seconds: number): void {
    this.#worked.observe(seconds);
  }
}

/** What the components of one process count: their work queues, and what they ask the API server. Under upstream's names. */
export class ClientMetrics implements ComponentMetrics {
  readonly #adds = new Tallies(["name"], () => new Count());
  readonly #retries = new Tallies(["name"], () => new Count());
  readonly #waited = new Tallies(["name"], () => new HistogramTally(queueBounds));
  readonly #worked = new Tallies(["name"], () => new HistogramTally(queueBounds));
  readonly #queues = new Set<CountedQueue>();
  readonly #requests = new Tallies(["code", "host", "method"], () => new Count());
  readonly #seconds = new Tallies(["host", "verb"], () => new HistogramTally(requestBounds));

  queue(queue: CountedQueue, signal: AbortSignal): QueueCounter {
    const { name } = queue;
    if (!signal.aborted) {
      this.#queues.add(queue);
      signal.addEventListener("abort", () => this.#queues.delete(queue), { once: true });
    }
    return new QueueTallies(this.#adds.of(name), this.#retries.of(name), this.#waited.of(name), this.#worked.of(name));
  }

  /** The API server answered. */
  asked(host: string, method: string, status: number, seconds: number): void {
    this.#requests.of(String(status), host, method).value++;
    this.#seconds.of(host, method).observe(seconds);
  }

  families(): NamedSamples[] {
    const ofQueues = (name: string, value: (queue: CountedQueue) => number, joined: (a: number, b: number) => number): NamedSamples => ({
      name,
      samples: () => {
        const byName = new Map<string, number>();
        for (const queue of this.#queues) byName.set(queue.name, joined(byName.get(queue.name) ?? 0, value(queue)));
        return Array.from(byName, ([queue, number]) => ({ labels: { name: queue }, value: number }));
      },
    });
    const sum = (a: number, b: number) => a + b;
    const seconds = (queue: CountedQueue) => queue.workedMilliseconds().map((milliseconds) => milliseconds / 1000);
    return [
      counts("workqueue_adds_total", this.#adds),
      counts("workqueue_retries_total", this.#retries),
      histograms("workqueue_queue_duration_seconds", this.#waited),
      histograms("workqueue_work_duration_seconds", this.#worked),
      ofQueues("workqueue_depth", ({ length }) => length, sum),
      ofQueues("workqueue_unfinished_work_seconds", (queue) => seconds(queue).reduce(sum, 0), sum),
      ofQueues("workqueue_longest_running_processor_seconds", (queue) => Math.max(0, ...seconds(queue)), Math.max),
      counts("rest_client_requests_total", this.#requests),
      histograms("rest_client_request_duration_seconds", this.#seconds),
    ];
  }
}
