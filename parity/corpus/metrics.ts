import gates from "../../src/apiserver/metrics/feature-gates.json" with { type: "json" };
import { type Ask, create, get, patch, put, remove, type Sequence, type Watch } from "../sequences.ts";

/** Gates whose feature kybern lacks: it says so. */
const lacking = new Set([
  "APIServerIdentity",
  "APIServerTracing",
  "CPUManagerPolicyOptions",
  "ComponentFlagz",
  "ComponentStatusz",
  "ContainerCheckpoint",
  "GracefulNodeShutdown",
  "KubeletTracing",
  "NodeLogQuery",
  "NodeSwap",
  "StructuredAuthenticationConfigurationEgressSelector",
  "StructuredAuthenticationConfigurationJWKSMetrics",
  "TopologyManagerPolicyOptions",
]);
const sharedGates = Object.keys(gates).filter((name) => !lacking.has(name));

const templates = "/api/v1/namespaces/{ns}/podtemplates";
const services = "/api/v1/namespaces/{ns}/services";
const policies = "/apis/admissionregistration.k8s.io/v1";

const template = (name: string) => ({
  metadata: { name },
  template: { spec: { containers: [{ name: "c", image: "i" }] } },
});

/** Of the text which of some series are there: their values are those of all that the server was ever asked. */
const series =
  (...wanted: readonly string[]) =>
  (body: unknown) =>
    wanted.map((one) => `${one}: ${new RegExp(`^${one.replace(/[{}[\].+*]/g, "\\$&")} `, "m").test(String(body))}`);

/** Which kind of metric some names are, and what is said of them. */
const told =
  (...names: readonly string[]) =>
  (body: unknown) =>
    names.flatMap((name) => String(body).match(new RegExp(`^# (?:HELP|TYPE) ${name} .*$`, "gm")) ?? []);

const metrics = (...wanted: readonly string[]): Ask => get("/metrics", { pick: series(...wanted) });

const labels = (rest: string, scope: string, verb: string, subresource = "") =>
  `${rest}group="",resource="podtemplates",scope="${scope}",subresource="${subresource}",verb="${verb}",version="v1"`;
const total = (code: number, scope: string, verb: string, dryRun = "") =>
  `apiserver_request_total{code="${code}",component="apiserver",dry_run="${dryRun}",${labels("", scope, verb)}}`;
const ofSeries = (name: string, scope: string, verb: string, more = "") =>
  `apiserver_${name}_count{component="apiserver",${more}${labels("", scope, verb)}}`;

const watch: Watch = { watch: `${templates}?watch=1&timeoutSeconds=1` };

const sequences: Sequence[] = [
  {
    name: "the door",
    steps: [
      get("/metrics", { pick: () => "" }),
      { method: "HEAD", path: "/metrics" },
      { method: "PUT", path: "/metrics", pick: () => "" },
      get("/metrics/", {}),
      get("/metrics/nothing", {}),
      get("/metrics", { user: "nobody" }),
      get("/metrics", { user: null }),
      get("/metrics/slis", { user: "nobody" }),
      get("/metrics", { pick: () => "", headers: { accept: "application/json" } }),
      get("/metrics", { pick: () => "", headers: { accept: "text/html" } }),
      get("/metrics", { pick: () => "", headers: { accept: "text/plain;version=0.0.4;escaping=allow-utf-8" } }),
      get("/metrics", { pick: () => "", headers: { accept: "text/plain;version=0.0.4;escaping=nonsense" } }),
      get("/metrics", {
        pick: () => "",
        headers: {
          accept: "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
        },
      }),
      get("/metrics/slis", { pick: () => "" }),
    ],
  },
  {
    name: "checks of health",
    steps: [
      get("/readyz", {}),
      get("/livez", {}),
      get("/metrics/slis", {
        pick: series(
          'kubernetes_healthcheck{name="ping",type="readyz"}',
          'kubernetes_healthcheck{name="ping",type="livez"}',
          'kubernetes_healthcheck{name="etcd",type="readyz"}',
          'kubernetes_healthchecks_total{name="ping",status="success",type="livez"}',
        ),
      }),
      get("/metrics/slis", { pick: told("kubernetes_healthcheck", "kubernetes_healthchecks_total") }),
      metrics(
        'apiserver_request_total{code="200",component="",dry_run="",group="",resource="",scope="",subresource="/readyz",verb="GET",version=""}',
      ),
    ],
  },
  {
    name: "requests",
    steps: [
      create(templates, template("a")),
      create(`${templates}?dryRun=All`, template("b")),
      create(templates, template("a")),
      get(`${templates}/a`),
      get(`${templates}/none`),
      get(templates, { pick: () => "" }),
      get("/api/v1/podtemplates?limit=1", { pick: () => "" }),
      put(`${templates}/a`, { ...template("a"), metadata: { name: "a", labels: { x: "y" } } }),
      patch("merge", `${templates}/a`, { metadata: { labels: { x: "z" } } }),
      patch("apply", `${templates}/a?fieldManager=m&force=true`, {
        apiVersion: "v1",
        kind: "PodTemplate",
        metadata: { name: "a", labels: { w: "v" } },
      }),
      watch,
      { method: "DELETE", path: `${templates}?labelSelector=x=nothing`, pick: () => "" },
      remove(`${templates}/a`),
      metrics(
        total(201, "resource", "POST"),
        total(201, "resource", "POST", "All"),
        total(409, "resource", "POST"),
        total(200, "resource", "GET"),
        total(404, "resource", "GET"),
        total(200, "namespace", "LIST"),
        total(200, "cluster", "LIST"),
        total(200, "resource", "PUT"),
        total(200, "resource", "PATCH"),
        total(200, "resource", "APPLY"),
        total(200, "namespace", "DELETE"),
        total(200, "namespace", "DELETECOLLECTION"),
        total(200, "resource", "DELETE"),
        total(200, "namespace", "WATCH"),
        ofSeries("request_duration_seconds", "namespace", "WATCH", 'dry_run="",'),
        ofSeries("request_duration_seconds", "resource", "POST", 'dry_run="All",'),
        ofSeries("request_sli_duration_seconds", "resource", "POST"),
        ofSeries("request_sli_duration_seconds", "namespace", "WATCH"),
        ofSeries("response_sizes", "namespace", "LIST"),
        ofSeries("response_sizes", "namespace", "WATCH"),
        ofSeries("response_sizes", "resource", "POST"),
        'apiserver_request_body_size_bytes_count{group="",resource="podtemplates",verb="create"}',
        'apiserver_request_body_size_bytes_count{group="",resource="podtemplates",verb="delete_collection"}',
        'apiserver_request_body_size_bytes_bucket{group="",resource="podtemplates",verb="patch",le="1.05e+06"}',
        'apiserver_longrunning_requests{component="apiserver",group="",resource="podtemplates",scope="namespace",subresource="",verb="WATCH",version="v1"}',
        'apiserver_resource_objects{group="",resource="podtemplates"}',
        'apiserver_resource_size_estimate_bytes{group="",resource="podtemplates"}',
        'apiserver_storage_objects{resource="podtemplates"}',
        'etcd_requests_total{group="",operation="create",resource="podtemplates"}',
        'etcd_request_duration_seconds_count{group="",operation="update",resource="podtemplates"}',
      ),
    ],
  },
  {
    name: "labels of requests",
    steps: [
      create(`${templates}?dryRun=Some`, template("a")),
      create(`${templates}?dryRun=All&dryRun=All`, template("a")),
      { method: "DELETE", path: `${templates}?dryRun=` },
      create(templates, template("a")),
      get(`${templates}/a?watch=1`, { pick: () => "" }),
      {
        ...patch("apply", `${templates}/a?fieldManager=m`, {}),
        headers: { "content-type": "application/apply-patch+yaml; charset=utf-8" },
      },
      get("/apis", { headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" }, pick: () => "" }),
      get("/apis/", { headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" } }),
      { method: "PUT", path: "/livez", pick: () => "" },
      get("/api/v1/namespaces/{ns}/pods/none/log"),
      metrics(
        total(422, "resource", "POST", "invalid"),
        total(422, "namespace", "DELETE", "invalid"),
        ofSeries("request_duration_seconds", "resource", "POST", 'dry_run="invalid",'),
        ofSeries("request_duration_seconds", "resource", "WATCH", 'dry_run="",'),
        'apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="",scope="",subresource="apis",verb="GET",version=""}',
        'apiserver_response_sizes_count{component="apiserver",group="",resource="",scope="",subresource="apis",verb="GET",version=""}',
        'apiserver_response_sizes_count{component="",group="",resource="",scope="",subresource="/livez",verb="PUT",version=""}',
        'apiserver_request_body_size_bytes_count{group="",resource="",verb="update"}',
        'apiserver_request_sli_duration_seconds_count{component="apiserver",group="",resource="pods",scope="resource",subresource="log",verb="CONNECT",version="v1"}',
      ),
    ],
  },
  {
    name: "media types that no route takes",
    steps: [
      get("/api/v1/namespaces/{ns}/componentstatuses", { headers: { accept: "text/html" } }),
      get("/api/v1/componentstatuses", { headers: { accept: "text/html" } }),
      metrics(
        'apiserver_request_total{code="406",component="apiserver",dry_run="",group="",resource="componentstatuses",scope="cluster",subresource="",verb="LIST",version="v1"}',
      ),
    ],
  },
  {
    name: "conditions of webhooks",
    steps: [
      create(`${policies}/validatingwebhookconfigurations`, {
        metadata: { name: "conditions-{u}" },
        webhooks: [
          {
            name: "held.example.com",
            clientConfig: { url: "https://127.0.0.1:1/" },
            rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["podtemplates"] }],
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
            matchConditions: [{ name: "free", expression: "object.metadata.name != 'free'" }],
            failurePolicy: "Ignore",
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
          },
        ],
      }),
      create(templates, template("a")),
      create(templates, template("free")),
      metrics(
        'apiserver_admission_match_condition_evaluation_seconds_count{kind="webhook",name="held.example.com",operation="CREATE",type="validating"}',
        'apiserver_admission_match_condition_exclusions_total{kind="webhook",name="held.example.com",operation="CREATE",type="validate"}',
      ),
    ],
  },
  {
    name: "requests that are not counted",
    steps: [
      get("/api/v1/wishes"),
      get("/apis/wishes.example.com/v1/wishes"),
      get(`${templates}/a/wish`),
      { method: "POST", path: `${templates}/a`, body: {} },
      get("/api/v1/limitranges", { user: "nobody" }),
      metrics(
        'apiserver_request_total{code="404",component="apiserver",dry_run="",group="",resource="",scope="",subresource="",verb="GET",version=""}',
        'apiserver_request_total{code="404",component="apiserver",dry_run="",group="",resource="wishes",scope="cluster",subresource="",verb="LIST",version="v1"}',
        'apiserver_request_total{code="404",component="apiserver",dry_run="",group="",resource="podtemplates",scope="resource",subresource="wish",verb="GET",version="v1"}',
        'apiserver_request_total{code="405",component="apiserver",dry_run="",group="",resource="podtemplates",scope="resource",subresource="",verb="POST",version="v1"}',
        'apiserver_request_total{code="403",component="apiserver",dry_run="",group="",resource="limitranges",scope="cluster",subresource="",verb="LIST",version="v1"}',
      ),
    ],
  },
  {
    name: "access",
    steps: [
      get("/api/v1/limitranges", { user: "nobody" }),
      get("/api/v1/limitranges", { headers: { authorization: "Bearer nonsense" }, user: null }),
      metrics(
        'authentication_attempts{result="success"}',
        'authentication_attempts{result="error"}',
        'authentication_duration_seconds_bucket{result="success",le="0.001"}',
        'authenticated_user_requests{username="admin"}',
        'authorization_attempts_total{result="allowed"}',
        'authorization_attempts_total{result="no-opinion"}',
        'authorization_duration_seconds_count{result="allowed"}',
        'apiserver_request_filter_duration_seconds_count{filter="authentication"}',
        'apiserver_request_filter_duration_seconds_count{filter="authorization"}',
        'apiserver_impersonation_attempts_total{decision="allowed",mode="user-info"}',
        'apiserver_client_certificate_expiration_seconds_bucket{le="2.592e+06"}',
        "serviceaccount_valid_tokens_total",
        "serviceaccount_stale_tokens_total",
        "serviceaccount_legacy_tokens_total",
      ),
    ],
  },
  {
    name: "admission",
    steps: [
      create(`${policies}/validatingwebhookconfigurations`, {
        metadata: { name: "hook-{u}" },
        webhooks: [
          {
            name: "nowhere.example.com",
            clientConfig: { url: "https://127.0.0.1:1/" },
            rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["podtemplates"] }],
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
            failurePolicy: "Ignore",
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
          },
        ],
      }),
      create(templates, template("a")),
      metrics(
        'apiserver_admission_step_admission_duration_seconds_count{operation="CREATE",rejected="false",type="admit"}',
        'apiserver_admission_step_admission_duration_seconds_bucket{operation="CREATE",rejected="false",type="validate",le="0.025"}',
        'apiserver_admission_controller_admission_duration_seconds_count{name="NamespaceLifecycle",operation="CREATE",rejected="false",type="admit"}',
        'apiserver_admission_controller_admission_duration_seconds_count{name="ValidatingAdmissionWebhook",operation="CREATE",rejected="false",type="validate"}',
        'apiserver_admission_webhook_admission_duration_seconds_count{name="nowhere.example.com",operation="CREATE",rejected="false",type="validating"}',
        'apiserver_admission_webhook_request_total{code="503",name="nowhere.example.com",operation="CREATE",rejected="false",type="validating"}',
        'apiserver_admission_webhook_fail_open_count{name="nowhere.example.com",type="validating"}',
      ),
    ],
  },
  {
    name: "services and deprecated kinds",
    steps: [
      create(services, { metadata: { name: "s" }, spec: { type: "NodePort", ports: [{ port: 80 }] } }, { pick: () => "" }),
      get("/api/v1/namespaces/{ns}/endpoints", { pick: () => "" }),
      metrics(
        'kube_apiserver_clusterip_allocator_allocation_total{cidr="10.97.0.0/16",scope="dynamic"}',
        'kube_apiserver_nodeport_allocator_allocation_total{scope="dynamic"}',
        "kube_apiserver_nodeport_allocator_allocated_ports",
        'apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",subresource="",version="v1"}',
      ),
    ],
  },
  {
    name: "logs of pods",
    steps: [
      create("/api/v1/namespaces/{ns}/serviceaccounts", { metadata: { name: "default" } }, { pick: () => "" }),
      create(
        "/api/v1/namespaces/{ns}/pods",
        { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } },
        { pick: () => "" },
      ),
      get("/api/v1/namespaces/{ns}/pods/p/log"),
      get("/api/v1/namespaces/{ns}/pods/p/log?insecureSkipTLSVerifyBackend=true&tailLines=-1"),
      metrics(
        'kube_apiserver_pod_logs_insecure_backend_total{usage="enforce_tls"}',
        'kube_apiserver_pod_logs_insecure_backend_total{usage="skip_tls_allowed"}',
        "kube_apiserver_pod_logs_backend_tls_failure_total",
      ),
    ],
  },
  {
    name: "feature gates",
    steps: [
      get("/metrics", {
        pick: (body) => {
          const lines = String(body).match(/^kubernetes_feature_enabled\{.*$/gm) ?? [];
          return sharedGates.map((name) => lines.find((line) => line.includes(`{name="${name}",`)));
        },
      }),
    ],
  },
  {
    name: "what can't happen, or has not",
    steps: [
      metrics(
        "aggregator_discovery_nopeer_requests_total",
        "apiserver_cel_compilation_duration_seconds_count",
        'apiserver_cel_compilation_duration_seconds_bucket{le="0.005"}',
        "apiserver_envelope_encryption_dek_cache_fill_percent",
        "apiserver_storage_data_key_generation_duration_seconds_count",
        'apiserver_storage_data_key_generation_duration_seconds_bucket{le="0.04096"}',
        "apiserver_storage_data_key_generation_failures_total",
        "apiserver_storage_envelope_transformation_cache_misses_total",
        "aggregator_discovery_peer_aggregated_cache_hits_total",
        "aggregator_discovery_peer_aggregated_cache_misses_total",
        "apiserver_audit_requests_rejected_total",
        "apiserver_nodeport_repair_reconcile_errors_total",
        "apiserver_validation_declarative_validation_mismatch_total",
        "apiserver_validation_declarative_validation_panic_total",
        "cardinality_enforcement_unexpected_categorizations_total",
        "disabled_metrics_total",
        "hidden_metrics_total",
        "rest_client_exec_plugin_ttl_seconds",
        "rest_client_exec_plugin_certificate_rotation_age_count",
        'rest_client_exec_plugin_certificate_rotation_age_bucket{le="1.24416e+08"}',
      ),
    ],
  },
  {
    name: "what names are",
    steps: [
      get("/metrics", {
        pick: told(
          "apiserver_request_total",
          "apiserver_request_duration_seconds",
          "apiserver_request_sli_duration_seconds",
          "apiserver_current_inflight_requests",
          "apiserver_current_inqueue_requests",
          "apiserver_longrunning_requests",
          "apiserver_response_sizes",
          "apiserver_admission_step_admission_duration_seconds",
          "apiserver_flowcontrol_nominal_limit_seats",
          "apiserver_flowcontrol_current_executing_requests",
          "apiserver_flowcontrol_request_execution_seconds",
          "apiserver_watch_events_total",
          "apiserver_watch_events_sizes",
          "apiserver_cache_list_total",
          "apiserver_storage_objects",
          "aggregator_unavailable_apiservice",
          "workqueue_adds_total",
          "workqueue_depth",
          "workqueue_queue_duration_seconds",
          "rest_client_requests_total",
          "process_cpu_seconds_total",
          "process_resident_memory_bytes",
          "process_start_time_seconds",
          "kubernetes_build_info",
          "version_info",
          "registered_metrics_total",
        ),
      }),
    ],
  },
];

export default sequences;
