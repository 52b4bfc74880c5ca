import type { ResourceDefinition } from "../../api/define-resource.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { NamedSamples } from "../../machinery/metrics.ts";
import { AdmissionMetrics } from "./admission-metrics.ts";
import { AggregationMetrics } from "./aggregation-metrics.ts";
import { AllocationMetrics } from "./allocation-metrics.ts";
import { AuthenticationMetrics } from "./authentication-metrics.ts";
import { AuthorizationMetrics } from "./authorization-metrics.ts";
import { ConversionMetrics } from "./conversion-metrics.ts";
import { ExpressionMetrics } from "./expression-metrics.ts";
import { FilterMetrics } from "./filter-metrics.ts";
import { HealthMetrics } from "./health-metrics.ts";
import { ImpersonationMetrics } from "./impersonation-metrics.ts";
import { ListMetrics } from "./list-metrics.ts";
import { PodLogMetrics } from "./pod-log-metrics.ts";
import { PodSecurityMetrics } from "./pod-security-metrics.ts";
import { RequestMetrics, type RequestNumbers } from "./request-metrics.ts";
import { StoreMetrics } from "./store-metrics.ts";
import { WatchMetrics } from "./watch-metrics.ts";

/** What the parts of the server count, by upstream's families. What aggregation and allocations count, their parts tell. */
export class ServerMetrics {
  readonly requests: RequestMetrics;
  readonly filters = new FilterMetrics();
  readonly admission = new AdmissionMetrics();
  readonly authentication = new AuthenticationMetrics(this.filters);
  readonly authorization = new AuthorizationMetrics(this.filters);

  readonly lists = new ListMetrics();
  readonly watches = new WatchMetrics();
  readonly store: StoreMetrics;

  readonly conversions = new ConversionMetrics();
  readonly podSecurity = new PodSecurityMetrics();
  readonly podLogs = new PodLogMetrics();
  readonly aggregation = new AggregationMetrics();
  readonly allocations = new AllocationMetrics();

  /** Served at a path of its own. */
  readonly health = new HealthMetrics();
  readonly impersonation = new ImpersonationMetrics();
  readonly expressions: ExpressionMetrics;

  constructor(numbers: RequestNumbers, definitions: readonly ResourceDefinition[], clock: Clock) {
    this.expressions = new ExpressionMetrics(clock);
    this.requests = new RequestMetrics(numbers);
    this.store = new StoreMetrics(definitions);
  }

  families(): NamedSamples[] {
    const { requests, filters, admission, authentication, authorization, impersonation } = this;
    const { lists, watches, store, conversions, podSecurity, podLogs, expressions } = this;
    const ofAccess = [filters, authentication, authorization, impersonation];
    const parts = [requests, ...ofAccess, admission, lists, watches, store, conversions, podSecurity, podLogs, expressions];
    return parts.flatMap((part) => part.families());
  }
}
