import { expect, it } from "vitest";
import type { AuthorizationOptions } from "../apiserver/authorization/create-authorizer.ts";
import upstream from "../apiserver/metrics/upstream-metrics.json" with { type: "json" };
import { configMap, pod } from "../apiserver/testing/pods.ts";
import { TestServer } from "../apiserver/testing/test-server.ts";
import { ClientMetrics } from "../client/client-metrics.ts";
import { createWorkQueue } from "../client/work-queue-impl.ts";
import { VirtualClock } from "../machinery/clock.ts";
import type { MetricFamily } from "../machinery/metrics.ts";
import { EncryptionMetrics } from "../storage/encryption/encryption-metrics.ts";
import { processMetrics } from "./process-metrics.ts";

interface Facts {
  type: string;
  help: string;
  labels: readonly string[];
  bounds?: readonly string[];
}

const facts = upstream as Readonly<Record<string, Facts>>;

/** What upstream serves and this server doesn't, by the beginning of the name, and why: docs/differences.md tells of it. */
const leftOut: Readonly<Record<string, string>> = {
  apiextensions_apiserver_validation_ratcheting_seconds: "not told apart from validation",
  apiextensions_openapi: "documents are made when they are asked for",
  apiserver_admission_step_admission_duration_seconds_summary: "the histogram tells it",
  apiserver_flowcontrol_priority_level: "histograms over every nanosecond",
  apiserver_flowcontrol_read_vs_write: "histograms over every nanosecond",
  apiserver_kube_aggregator_x509: "certificates that Go no longer takes",
  apiserver_webhooks_x509: "certificates that Go no longer takes",
  apiserver_request_aborts_total: "answers that began are ended by their clients alone",
  apiserver_request_timestamp_comparison_time: "there is no such comparison",
  apiserver_storage_consistency_checks_total: "there is no second copy",
  apiserver_storage_list: "lists read the tree, which stands for the watch cache",
  apiserver_validation_duplicate: "not told apart from validation",
  apiserver_watch_cache_consistent_read_total: "the tree is always current",
  apiserver_watch_cache_initializations_total: "the tree is always current",
  apiserver_watch_cache_read_wait_seconds: "the tree is always current",
  authentication_token_cache: "tokens are looked at each time",
  etcd_bookmark_total: "of etcd's protocol",
  etcd_lease_object_counts: "of etcd's protocol",
  grpc_client: "of etcd's protocol",
  node_authorizer_graph: "too short to be measured",
  rest_client_request_size_bytes: "components of the process ask without HTTP",
  rest_client_response_size_bytes: "components of the process ask without HTTP",
  rest_client_transport: "components of the process ask without HTTP",
  watch_cache_capacity: "the tree is bounded by bytes",
};
/** Upstream's too, and a beginning of other names. */
const leftOutAlone = ["apiserver_flowcontrol_demand_seats"];
/** Served by a cluster that keeps its objects on disk. */
const onDisk = ["apiserver_storage_size_bytes"];

/** What can't happen here, of which upstream too says nothing before it has happened, and why. */
const neverTold: Readonly<Record<string, string>> = {
  apiserver_nodeport_repair_port_errors_total: "which ports are taken is derived from the stored services",
  apiserver_storage_decode_errors_total: "a state that can't be decoded stops the start",
  apiserver_validation_declarative_validation_parity_discrepancies_total: "each kind has one validation",
};

/** Labels that have no counterpart. */
const noIdentity = ["apiserver_id_hash"];

const maps = "/api/v1/namespaces/default/configmaps";
const policies = "/apis/admissionregistration.k8s.io/v1";

/** A server to which something of each kind has happened, and what it tells. */
async function families(): Promise<MetricFamily[]> {
  const told: MetricFamily[] = [];
  const clients = new ClientMetrics();
  const queue = createWorkQueue({ name: "things", clock: new VirtualClock(), signal: new AbortController().signal, metrics: clients });
  queue.add("a");
  queue.addRateLimited("b");
  queue.done((await queue.next()) ?? "");
  clients.asked("127.0.0.1:6443", "GET", 200, 0.001);
  const encryption = new EncryptionMetrics();
  encryption.sealed("secrets", "k8s:enc:aescbc:v1:key:", 0.001);
  encryption.configurationHash = "sha256:00";
  let change = (_text: string) => {};
  const current = `{"apiVersion":"apiserver.config.k8s.io/v1","kind":"AuthorizationConfiguration","authorizers":[{"type":"RBAC","name":"rbac"}]}`;
  const configuration: AuthorizationOptions["configuration"] = {
    text: { current, follow: (listener) => (change = listener) },
    load: () => {
      throw new Error("there are no webhooks");
    },
  };
  const test = await TestServer.started({
    authorization: { configuration },
    metricsText: async (all) => {
      told.push(...all);
      return "";
    },
    moreMetrics: () => [...clients.families(), ...processMetrics(), ...encryption.families()],
    audit: { policy: { rules: [{ level: "Metadata" }] }, sinks: [] },
  });
  await test.post(`${policies}/validatingwebhookconfigurations`, {
    metadata: { name: "hook" },
    webhooks: [
      {
        name: "hook.example.com",
        clientConfig: { url: "https://hook.example.com" },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
        matchConditions: [{ name: "one", expression: "object.metadata.name != 'free'" }],
        failurePolicy: "Ignore",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  });
  await test.post(`${policies}/validatingadmissionpolicies`, {
    metadata: { name: "policy" },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }] },
      validations: [{ expression: "object.metadata.name != 'bad'" }],
    },
  });
  const binding = { policyName: "policy", validationActions: ["Deny"] };
  await test.post(`${policies}/validatingadmissionpolicybindings`, { metadata: { name: "binding" }, spec: binding });
  await test.post(maps, configMap("a"));
  await test.post(maps, configMap("free"));
  await test.post(maps, configMap("bad"));
  await test.post("/api/v1/namespaces/default/pods", pod("p"));
  await test.post("/api/v1/namespaces/default/services", { metadata: { name: "s" }, spec: { type: "NodePort", ports: [{ port: 80 }] } });
  await test.get("/api/v1/endpoints");
  change(`${current}\n`);
  await test.get("/readyz");
  await test.get("/api/v1/namespaces/default/pods/p/log");
  await test.get(maps, { headers: {} });
  const anonymous = { identity: undefined } as object;
  await test.get(maps, anonymous);
  const bob = { name: "bob", groups: ["system:authenticated"] };
  await test.get(maps, { identity: bob });
  const watch = await test.watch(`${maps}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`);
  watch.stream.close();
  await test.get("/metrics");
  await test.get("/metrics/slis");
  return told;
}

it("serves upstream's names, with their types, labels and bounds, but for those that are left out", async () => {
  const served = new Map((await families()).map((family) => [family.name, family]));
  const isLeftOut = (name: string) => leftOutAlone.includes(name) || Object.keys(leftOut).some((beginning) => name.startsWith(beginning));
  const missing = Object.keys(facts).filter((name) => !served.has(name) && !isLeftOut(name) && !onDisk.includes(name) && !neverTold[name]);
  expect(missing).toEqual([]);
  expect([...served.keys()].filter((name) => isLeftOut(name))).toEqual([]);
  expect([...served.keys()].filter((name) => !facts[name])).toEqual(["nodejs_eventloop_utilization", "nodejs_heap_size_used_bytes"]);
  const wrong: string[] = [];
  let compared = 0;
  for (const [name, { type, labels, bounds }] of Object.entries(facts)) {
    const samples = [...(served.get(name)?.samples() ?? [])];
    if (samples.length === 0) continue;
    compared++;
    const own = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    const isHistogram = own.delete("le");
    const expected = labels.filter((label) => !noIdentity.includes(label));
    if ([...own].sort().join() !== [...expected].sort().join()) wrong.push(`${name}: labels ${[...own].sort()}, upstream ${expected}`);
    if (isHistogram !== (type === "histogram")) wrong.push(`${name}: is a ${type}`);
    const ownBounds = [...new Set(samples.map((sample) => sample.labels.le).filter((bound) => bound !== undefined))];
    if (bounds && ownBounds.join() !== bounds.join()) wrong.push(`${name}: bounds ${ownBounds}, upstream ${bounds}`);
  }
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(80);
});
