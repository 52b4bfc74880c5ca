import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration, Subject } from "../../api/flowcontrol/v1.ts";

const groupOf = (name: string): Subject => ({ kind: "Group", group: { name } });

const everything = (...groups: string[]): PolicyRulesWithSubjects => ({
  subjects: groups.map(groupOf),
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
});

/** The levels and schemas that hold while their objects aren't there: before the first start is complete. */
export const mandatoryLevels: readonly PriorityLevelConfiguration[] = [
  { metadata: { name: "exempt" }, spec: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } } },
  {
    metadata: { name: "catch-all" },
    spec: { type: "Limited", limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } } },
  },
];

export const mandatorySchemas: readonly FlowSchema[] = [
  {
    metadata: { name: "exempt" },
    spec: { priorityLevelConfiguration: { name: "exempt" }, matchingPrecedence: 1, rules: [everything("system:masters")] },
  },
  {
    metadata: { name: "catch-all" },
    spec: {
      priorityLevelConfiguration: { name: "catch-all" },
      matchingPrecedence: 10000,
      distinguisherMethod: { type: "ByUser" },
      rules: [everything("system:unauthenticated", "system:authenticated")],
    },
  },
];
