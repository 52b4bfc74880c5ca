import { HistogramTally, type NamedSamples, single } from "../../machinery/metrics.ts";

/** Counters of what can't happen here. Upstream shows them as zero while it has not happened. */
const uneventful: readonly string[] = [
  // A cluster has one API server.
  "aggregator_discovery_peer_aggregated_cache_hits_total",
  "aggregator_discovery_peer_aggregated_cache_misses_total",
  // An audit event that gets lost is logged, and its request goes on.
  "apiserver_audit_requests_rejected_total",
  // Which ports are taken is derived from the stored services.
  "apiserver_nodeport_repair_reconcile_errors_total",
  // Each kind has one validation.
  "apiserver_validation_declarative_validation_mismatch_total",
  "apiserver_validation_declarative_validation_panic_total",
  // Metrics can be neither disabled nor hidden, and their labels not limited.
  "cardinality_enforcement_unexpected_categorizations_total",
  "disabled_metrics_total",
  "hidden_metrics_total",
];

const [minute, hour, day] = [60, 3600, 24 * 3600];
const ageBounds = [10 * minute, 30 * minute, hour, 4 * hour, day, 7 * day, 30 * day, 90 * day, 180 * day, 360 * day, 1440 * day];

export function uneventfulMetrics(): NamedSamples[] {
  const age = new HistogramTally(ageBounds);
  return [
    ...uneventful.map((name) => single(name, () => 0)),
    // No program is asked for credentials.
    single("rest_client_exec_plugin_ttl_seconds", () => Number.POSITIVE_INFINITY),
    { name: "rest_client_exec_plugin_certificate_rotation_age", samples: () => age.samples({}) },
  ];
}
