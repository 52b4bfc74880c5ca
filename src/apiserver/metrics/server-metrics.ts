import type { NamedSamples } from "../../machinery/metrics.ts";
import { AdmissionMetrics } from "./admission-metrics.ts";
import { RequestMetrics } from "./request-metrics.ts";

/** What the parts of the server count, by upstream's families. */
export class ServerMetrics {
  readonly admission = new AdmissionMetrics();
  readonly requests: RequestMetrics;

  constructor(deps: { inflight(): { reads: number; writes: number } }) {
    this.requests = new RequestMetrics(deps.inflight);
  }

  families(): NamedSamples[] {
    return [...this.requests.families(), ...this.admission.families()];
  }
}
