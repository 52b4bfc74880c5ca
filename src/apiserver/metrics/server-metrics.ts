import type { NamedSamples } from "../../machinery/metrics.ts";
import { AdmissionMetrics } from "./admission-metrics.ts";
import { AuthenticationMetrics } from "./authentication-metrics.ts";
import { AuthorizationMetrics } from "./authorization-metrics.ts";
import { FilterMetrics } from "./filter-metrics.ts";
import { RequestMetrics } from "./request-metrics.ts";

/** What the parts of the server count, by upstream's families. */
export class ServerMetrics {
  readonly requests: RequestMetrics;
  readonly filters = new FilterMetrics();
  readonly admission = new AdmissionMetrics();
  readonly authentication = new AuthenticationMetrics(this.filters);
  readonly authorization = new AuthorizationMetrics(this.filters);

  constructor(deps: { inflight(): { reads: number; writes: number } }) {
    this.requests = new RequestMetrics(deps.inflight);
  }

  families(): NamedSamples[] {
    return [this.requests, this.filters, this.admission, this.authentication, this.authorization].flatMap((part) => part.families());
  }
}
