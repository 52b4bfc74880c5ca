import { Count, counts, type NamedSamples, Tallies } from "../../machinery/metrics.ts";

/** What the checks of the server's health have found, under upstream's names. */
export class HealthMetrics {
  readonly #last = new Tallies(["name", "type"], () => new Count());
  readonly #all = new Tallies(["name", "status", "type"], () => new Count());

  /** `endpoint`: `healthz`, `livez` or `readyz`. */
  checked(name: string, endpoint: string, isWell: boolean): void {
    this.#last.of(name, endpoint).value = isWell ? 1 : 0;
    this.#all.of(name, isWell ? "success" : "error", endpoint).value++;
  }

  reset(): void {
    this.#last.clear();
    this.#all.clear();
  }

  families(): NamedSamples[] {
    return [counts("kubernetes_healthcheck", this.#last), counts("kubernetes_healthchecks_total", this.#all)];
  }
}
