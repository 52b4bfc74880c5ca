import { asTable, damagedCreates, damagedUpdates, of } from "../damages.ts";
import { create, get, put, type Sequence } from "../sequences.ts";

const group = "/apis/flowcontrol.apiserver.k8s.io/v1";
const schemas = `${group}/flowschemas`;
const levels = `${group}/prioritylevelconfigurations`;
const schema = {
  metadata: { name: "schema-{u}" },
  spec: {
    matchingPrecedence: 5000,
    priorityLevelConfiguration: { name: "workload-low" },
    distinguisherMethod: { type: "ByUser" },
    rules: [
      {
        subjects: [{ kind: "User", user: { name: "u" } }],
        resourceRules: [{ verbs: ["get"], apiGroups: ["apps"], resources: ["deployments"], namespaces: ["x"] }],
        nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }],
      },
    ],
  },
};
const level = {
  metadata: { name: "level-{u}" },
  spec: {
    type: "Limited",
    limited: { nominalConcurrencyShares: 10, limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 6, queueLengthLimit: 50 } } },
  },
};
const rule = "spec.rules.0";
const queuing = "spec.limited.limitResponse.queuing";

const sequences: Sequence[] = [
  ...of(
    "flow schemas",
    damagedCreates(schemas, schema, [
      ["spec", undefined],
      ["spec.matchingPrecedence", -1],
      ["spec.matchingPrecedence", 0],
      ["spec.matchingPrecedence", 1],
      ["spec.matchingPrecedence", 10001],
      ["spec.distinguisherMethod.type", "ByMoon"],
      ["spec.priorityLevelConfiguration", {}],
      ["spec.priorityLevelConfiguration.name", "Bad_Name"],
      [`${rule}.subjects`, []],
      [`${rule}.subjects.0.kind`, "Robot"],
      [`${rule}.subjects.0.kind`, "Group"],
      [`${rule}.subjects.0.user`, undefined],
      [`${rule}.subjects.0.user.name`, ""],
      [`${rule}.subjects.0`, { kind: "ServiceAccount", serviceAccount: {} }],
      [`${rule}.subjects.0`, { kind: "ServiceAccount", serviceAccount: { name: "*", namespace: "Bad_" } }],
      [`${rule}.resourceRules.0.verbs`, []],
      [`${rule}.resourceRules.0.verbs`, ["*", "get"]],
      [`${rule}.resourceRules.0.verbs`, ["fly"]],
      [`${rule}.resourceRules.0.apiGroups`, []],
      [`${rule}.resourceRules.0.apiGroups`, ["*", "apps"]],
      [`${rule}.resourceRules.0.resources`, ["*", "pods"]],
      [`${rule}.resourceRules.0.namespaces`, []],
      [`${rule}.resourceRules.0.namespaces`, ["*", "a"]],
      [`${rule}.resourceRules.0.namespaces`, ["Bad_"]],
      [`${rule}.nonResourceRules.0.nonResourceURLs`, []],
      [`${rule}.nonResourceRules.0.nonResourceURLs`, ["", "x", "/a b", "/a//b", "/*/a", "/a/*"]],
      [rule, { subjects: [{ kind: "User", user: { name: "u" } }] }],
    ]),
  ),
  ...of(
    "priority levels",
    damagedCreates(levels, level, [
      ["spec", undefined],
      ["spec.type", ""],
      ["spec.type", "Endless"],
      ["spec.type", "Exempt"],
      ["spec.limited", undefined],
      ["spec.limited", {}],
      ["spec.exempt", {}],
      ["spec.limited.nominalConcurrencyShares", -1],
      ["spec.limited.lendablePercent", 101],
      ["spec.limited.borrowingLimitPercent", -1],
      ["spec.limited.limitResponse.type", "Reject"],
      ["spec.limited.limitResponse.type", "Wait"],
      [queuing, undefined],
      [queuing, {}],
      [`${queuing}.queues`, -1],
      [`${queuing}.queues`, 10_000_001],
      [`${queuing}.queues`, 3],
      [`${queuing}.handSize`, -1],
      [`${queuing}.handSize`, 40],
      [`${queuing}.queueLengthLimit`, -1],
      ["metadata.annotations", { "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares": "x" }],
    ]),
    damagedUpdates(levels, level, [
      ["spec.limited.nominalConcurrencyShares", 11],
      ["spec.type", "Exempt"],
    ]),
    {
      name: "status and table",
      steps: [
        create(levels, level),
        put(`${levels}/level-{u}/status`, { ...level, status: { conditions: [{ type: "A" }, { type: "A" }, {}] } }),
        put(`${levels}/level-{u}/status`, {
          ...level,
          metadata: { ...level.metadata, labels: { a: "b" } },
          status: { conditions: [{ type: "A", status: "True" }] },
        }),
        get(`${levels}/level-{u}`, asTable),
        get(`${levels}/exempt`, asTable),
      ],
    },
  ),
];

export default sequences;
