import { exponentialBounds, HistogramTally, histograms, type NamedSamples, observations, Tallies } from "../../machinery/metrics.ts";

const bounds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 45, 60];
const failures = "conversion_webhook_";

/** What was wrong with a call, in upstream's words. */
export type ConversionFailure =
  | "call_failure"
  | "invalid_converted_object_failure"
  | "malformed_response_failure"
  | "partial_response_failure";

/** What is counted of the webhooks that convert custom resources, under upstream's names. */
export class ConversionMetrics {
  readonly #calls = new Tallies(["failure_type", "result"], () => new HistogramTally(bounds));
  readonly #ofDefinitions = new Tallies(
    ["crd_name", "from_version", "to_version", "succeeded"],
    () => new HistogramTally(exponentialBounds(0.001, 2, 15)),
  );

  /** A webhook was asked. `from` and `to` are versions of the definition's. */
  asked({ name, from, to }: { name: string; from: string; to: string }, failure: ConversionFailure | undefined, seconds: number): void {
    if (failure) this.#calls.of(failures + failure, "failure").observe(seconds);
    else this.#calls.of("", "success").observe(seconds);
    this.#ofDefinitions.of(name, from, to, String(failure === undefined)).observe(seconds);
  }

  families(): NamedSamples[] {
    return [
      histograms("apiserver_conversion_webhook_duration_seconds", this.#calls),
      observations("apiserver_conversion_webhook_request_total", this.#calls),
      histograms("apiserver_crd_conversion_webhook_duration_seconds", this.#ofDefinitions),
    ];
  }
}
