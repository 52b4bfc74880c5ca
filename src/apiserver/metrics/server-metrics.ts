import type { ResourceDefinition } from "../../api/define-resource.ts";
import type { NamedSamples } from "../../machinery/metrics.ts";
import { AdmissionMetrics } from "./admission-metrics.ts";
import { AuthenticationMetrics } from "./authentication-metrics.ts";
import { AuthorizationMetrics } from "./authorization-metrics.ts";
import { FilterMetrics } from "./filter-metrics.ts";
import { ListMetrics } from "./list-metrics.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { StoreMetrics } from "./store-metrics.ts";
import { WatchMetrics } from "./watch-metrics.ts";

/** What the parts of the server count, by upstream's families. */
export class ServerMetrics {
  readonly requests: RequestMetrics;
  readonly filters = new FilterMetrics();
  readonly admission = new AdmissionMetrics();
  readonly authentication = new AuthenticationMetrics(this.filters);
  readonly authorization = new AuthorizationMetrics(this.filters);

  readonly lists = new ListMetrics();
  readonly watches = new WatchMetrics();
  readonly store: StoreMetrics;

  constructor(deps: { inflight(): { reads: number; writes: number }; definitions: readonly ResourceDefinition[] }) {
    this.requests = new RequestMetrics(deps.inflight);
    this.store = new StoreMetrics(deps.definitions);
  }

  families(): NamedSamples[] {
    const { requests, filters, admission, authentication, authorization, lists, watches, store } = this;
    return [requests, filters, admission, authentication, authorization, lists, watches, store].flatMap((part) => part.families());
  }
}
