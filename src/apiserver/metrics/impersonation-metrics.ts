import { exponentialBounds, HistogramTally, histograms, type NamedSamples, observations, Tallies } from "../../machinery/metrics.ts";

const bounds = exponentialBounds(0.001, 2, 15);
const names = ["decision", "mode"];

/** What is counted of requests to be somebody else, under upstream's names. */
export class ImpersonationMetrics {
  readonly #attempts = new Tallies(names, () => new HistogramTally(bounds));
  readonly #questions = new Tallies(names, () => new HistogramTally(bounds));

  /** A request was decided about: in this mode it may, or it may not. */
  attempted(mode: string | undefined, seconds: number): void {
    this.#attempts.of(mode === undefined ? "denied" : "allowed", mode === undefined ? "" : shown(mode)).observe(seconds);
  }

  /** An authorizer was asked about one of the rights that a mode takes. */
  asked(mode: string, isAllowed: boolean, seconds: number): void {
    this.#questions.of(isAllowed ? "allowed" : "denied", shown(mode)).observe(seconds);
  }

  families(): NamedSamples[] {
    const prefix = "apiserver_impersonation_";
    return [
      observations(`${prefix}attempts_total`, this.#attempts),
      histograms(`${prefix}attempts_duration_seconds`, this.#attempts),
      observations(`${prefix}authorization_attempts_total`, this.#questions),
      histograms(`${prefix}authorization_attempts_duration_seconds`, this.#questions),
    ];
  }
}

function shown(mode: string): string {
  return mode === "" ? "legacy" : mode;
}
