import { type Answer, create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

const group = "/apis/flowcontrol.apiserver.k8s.io/v1";
const schemas = `${group}/flowschemas`;
const levels = `${group}/prioritylevelconfigurations`;
const dumps = "/debug/api_priority_and_fairness";

const level = (limited: object = {}) => ({
  metadata: { name: "level-{u}" },
  spec: { type: "Limited", limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Reject" }, ...limited } },
});
const schema = (more: object = {}) => ({
  metadata: { name: "schema-{u}" },
  spec: {
    matchingPrecedence: 20,
    priorityLevelConfiguration: { name: "level-{u}" },
    rules: [
      { subjects: [{ kind: "User", user: { name: "user-{u}" } }], nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/version"] }] },
    ],
    ...more,
  },
});

const conditionIs =
  (status: string) =>
  ({ body }: Answer): boolean =>
    body?.status?.conditions?.[0]?.status === status;

/** What every cluster begins with: what it is, and who made it. */
const wanted = (name: string, path: string): Request =>
  get(`${path}/${name}`, {
    until: ({ body }) => body?.kind !== "FlowSchema" || conditionIs("False")({ body, status: 200, headers: {} }),
    pick: (body) => {
      const { metadata, spec, status } = body as {
        metadata: { managedFields: { manager: string; operation: string }[] };
        spec: unknown;
        status: unknown;
      };
      const managers = metadata.managedFields.map(({ manager, operation }) => `${manager} ${operation}`);
      return { spec, status, managers, annotations: (metadata as { annotations?: unknown }).annotations };
    },
  });

/** The head of a table, and the rows that every cluster has; how wide columns are depends on what else is there. */
const table = (path: string, ...names: string[]): Request =>
  get(path, {
    pick: (body) => {
      const [head = "", ...rows] = String(body).split("\n");
      const cells = (row: string) => row.split(/,\s*/);
      const own = rows.map(cells).filter(([name = ""]) => names.includes(name));
      return { head: cells(head), rows: own.map(([name, ...rest]) => [name, rest.length]).sort() };
    },
  });

const schemaNames = [
  "catch-all",
  "exempt",
  "global-default",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-system-service-accounts",
  "probes",
  "service-accounts",
  "system-leader-election",
  "system-node-high",
  "system-nodes",
];
const levelNames = ["catch-all", "exempt", "global-default", "leader-election", "node-high", "system", "workload-high", "workload-low"];

export default [
  { name: "the flow schemas of every cluster", steps: schemaNames.map((name) => wanted(name, schemas)) },
  { name: "the priority levels of every cluster", steps: levelNames.map((name) => wanted(name, levels)) },
  {
    name: "a flow schema dangles until its level is there",
    steps: [
      create(schemas, schema()),
      get(`${schemas}/schema-{u}`, { until: conditionIs("True") }),
      create(levels, level()),
      get(`${schemas}/schema-{u}`, { until: conditionIs("False") }),
      get(`${schemas}/schema-{u}/status`),
      remove(`${levels}/level-{u}`),
      get(`${schemas}/schema-{u}`, { until: conditionIs("True") }),
      get("/version", { user: "user-{u}", pick: () => undefined }),
    ],
  },
  {
    name: "a flow schema that moves to another level",
    steps: [
      create(levels, level()),
      create(schemas, schema({ priorityLevelConfiguration: { name: "nowhere" } })),
      get(`${schemas}/schema-{u}`, { until: conditionIs("True") }),
      patch("merge", `${schemas}/schema-{u}`, { spec: { priorityLevelConfiguration: { name: "level-{u}" } } }),
      get(`${schemas}/schema-{u}`, { until: conditionIs("False") }),
      patch("merge", `${schemas}/schema-{u}`, { metadata: { labels: { a: "b" } } }),
      get(`${schemas}/schema-{u}`),
    ],
  },
  {
    name: "the status of flow schemas and levels can be written",
    steps: [
      create(levels, level()),
      (answers) =>
        put(`${levels}/level-{u}/status`, {
          ...answers[0]?.body,
          status: { conditions: [{ type: "Mine", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z", reason: "R", message: "m" }] },
        }),
      get(`${levels}/level-{u}`),
      get(`${levels}/level-{u}/status`),
      create(schemas, schema()),
      get(`${schemas}/schema-{u}`, { until: conditionIs("False") }),
      patch("merge", `${schemas}/schema-{u}/status`, {
        status: { conditions: [{ type: "Mine", status: "True", reason: "R", message: "m", lastTransitionTime: "2026-01-01T00:00:00Z" }] },
      }),
    ],
  },
  {
    name: "the tables of flow control",
    steps: [
      table(`${dumps}/dump_priority_levels`, ...levelNames),
      table(`${dumps}/dump_queues`, "leader-election", "exempt", "catch-all"),
      table(`${dumps}/dump_requests`),
      table(`${dumps}/dump_requests?includeRequestDetails=1`),
      table(`${dumps}/dump_requests?includeRequestDetails=`),
      { method: "POST", path: `${dumps}/dump_priority_levels`, pick: () => undefined },
      get(`${dumps}/dump_priority_levels/`),
      get(`${dumps}/dump_others`),
      get(dumps),
      get(`${dumps}/`),
      get("/debug"),
      get(`${dumps}/dump_priority_levels`, { user: "nobody" }),
      get(`${dumps}/dump_priority_levels`, { user: null }),
    ],
  },
] satisfies Sequence[];
