import { type Answer, create, get, type Request, type Sequence, type Step } from "../sequences.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const accounts = "/api/v1/namespaces/{ns}/serviceaccounts";

/** The permissions of an account of the sequence's namespace, whose token is the answer to the last of these steps. */
const agent = (rules: readonly object[], boundObjectRef?: object): Step[] => [
  create(accounts, { metadata: { name: "agent" } }),
  create(`${rbac}/clusterroles`, { metadata: { name: "agent-{u}" }, rules }),
  create(`${rbac}/clusterrolebindings`, {
    metadata: { name: "agent-{u}" },
    subjects: [{ kind: "ServiceAccount", namespace: "{ns}", name: "agent" }],
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "agent-{u}" },
  }),
  create(`${accounts}/agent/token`, { spec: { expirationSeconds: 3600, ...(boundObjectRef ? { boundObjectRef } : {}) } }),
];

/** Asked as that account; `at` is the step of its token. */
const asAgent =
  (at: number, request: Request): Step =>
  (answers: readonly Answer[]) => ({
    ...request,
    user: null,
    headers: { ...request.headers, authorization: `Bearer ${answers[at]?.body?.status?.token}` },
  });

const asked = (at: number, path: string, ...identities: Record<string, string | string[]>[]): Step[] =>
  identities.map((headers) => asAgent(at, path === whoAmI ? create(path, {}, { headers }) : get(path, { headers })));

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const authentication = ["authentication.k8s.io"];

const sequences: Sequence[] = [
  {
    name: "nobody else without permission",
    steps: [
      ...agent([]),
      ...asked(
        3,
        configMaps,
        { "impersonate-user": "bob-{u}" },
        { "impersonate-user": "bob-{u}", "impersonate-group": "devs" },
        { "impersonate-user": "bob-{u}", "impersonate-group": ["devs", "ops"], "impersonate-uid": "7" },
        { "impersonate-user": "system:node:node-{u}" },
        { "impersonate-user": "system:node:Bad Node" },
        { "impersonate-user": "system:serviceaccount:{ns}:default" },
        { "impersonate-user": "system:serviceaccount:{ns}:default", "impersonate-uid": "7" },
        { "impersonate-user": "system:serviceaccount:{ns}" },
        { "impersonate-user": "system:serviceaccount:Bad:default" },
        { "impersonate-user": "system:anonymous" },
        { "impersonate-group": "devs" },
        { "impersonate-group": ["devs", "ops"], "impersonate-extra-a": "b" },
      ),
      ...asked(3, "/version", { "impersonate-user": "bob-{u}" }),
      ...asked(3, "/metrics", { "impersonate-user": "bob-{u}" }),
      ...asked(3, "/healthz", { "impersonate-user": "bob-{u}" }),
      ...asked(3, "/apis/apps/v1/namespaces/{ns}/deployments/web/scale", { "impersonate-user": "bob-{u}" }),
      ...asked(3, `${configMaps}?watch=1`, { "impersonate-user": "<bob> & co" }),
    ],
  },
  {
    name: "the old verb",
    steps: [
      ...agent([
        { apiGroups: [""], resources: ["users"], verbs: ["impersonate"], resourceNames: ["bob-{u}", "system:anonymous"] },
        { apiGroups: [""], resources: ["groups"], verbs: ["impersonate"], resourceNames: ["devs", "system:unauthenticated", "a,b"] },
        { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"], resourceNames: ["default"] },
        { apiGroups: authentication, resources: ["uids"], verbs: ["impersonate"], resourceNames: ["7"] },
        { apiGroups: authentication, resources: ["userextras/scopes"], verbs: ["impersonate"], resourceNames: ["view", "edit"] },
      ]),
      ...asked(
        3,
        whoAmI,
        { "impersonate-user": "bob-{u}" },
        { "impersonate-user": "carol-{u}" },
        { "impersonate-user": "bob-{u}", "impersonate-group": "devs" },
        { "impersonate-user": "bob-{u}", "impersonate-group": ["devs", "ops"] },
        { "impersonate-user": "bob-{u}", "impersonate-group": "a,b" },
        { "impersonate-user": "bob-{u}", "impersonate-group": ["a", "b"] },
        { "impersonate-user": "bob-{u}", "impersonate-group": "system:unauthenticated" },
        { "impersonate-user": "bob-{u}", "impersonate-group": "" },
        { "impersonate-user": "bob-{u}", "impersonate-uid": "7" },
        { "impersonate-user": "bob-{u}", "impersonate-uid": "8" },
        { "impersonate-user": "bob-{u}", "impersonate-extra-scopes": ["view", "edit"] },
        { "impersonate-user": "bob-{u}", "impersonate-extra-scopes": ["view", "admin"] },
        { "impersonate-user": "bob-{u}", "impersonate-extra-other": "view" },
        { "impersonate-user": "system:serviceaccount:{ns}:default" },
        { "impersonate-user": "system:serviceaccount:{ns}:other" },
        { "impersonate-user": "system:serviceaccount:{ns}:default", "impersonate-group": "devs" },
        { "impersonate-user": "system:node:node-{u}" },
      ),
      ...asked(3, configMaps, { "impersonate-user": "system:anonymous" }, { "impersonate-user": "bob-{u}", "impersonate-group": "devs" }),
    ],
  },
  {
    name: "users for some verbs only",
    steps: [
      ...agent([
        { apiGroups: authentication, resources: ["users"], verbs: ["impersonate:user-info"], resourceNames: ["bob-{u}"] },
        { apiGroups: authentication, resources: ["groups"], verbs: ["impersonate:user-info"], resourceNames: ["devs", "ops"] },
        { apiGroups: authentication, resources: ["uids"], verbs: ["impersonate:user-info"], resourceNames: ["7"] },
        {
          apiGroups: authentication,
          resources: ["userextras/example.com/scopes"],
          verbs: ["impersonate:user-info"],
          resourceNames: ["view"],
        },
        { apiGroups: authentication, resources: ["selfsubjectreviews"], verbs: ["impersonate-on:user-info:create"] },
      ]),
      ...asked(
        3,
        whoAmI,
        { "impersonate-user": "bob-{u}" },
        { "impersonate-user": "carol-{u}" },
        { "impersonate-user": "bob-{u}", "impersonate-group": ["devs", "ops"] },
        { "impersonate-user": "bob-{u}", "impersonate-group": ["devs", "admins"] },
        { "impersonate-user": "bob-{u}", "impersonate-group": "system:masters" },
        { "impersonate-user": "bob-{u}", "impersonate-group": "" },
        { "impersonate-user": "bob-{u}", "impersonate-group": ["devs", "ops", "a", "b"] },
        { "impersonate-user": "bob-{u}", "impersonate-uid": "7" },
        { "impersonate-user": "bob-{u}", "impersonate-uid": "8" },
        { "impersonate-user": "bob-{u}", "impersonate-extra-example.com%2fscopes": "view" },
        { "impersonate-user": "bob-{u}", "impersonate-extra-example.com%2fscopes": ["view", "edit"] },
        { "impersonate-user": "bob-{u}", "impersonate-extra-scopes": "view" },
        { "impersonate-user": "bob-{u}", "impersonate-extra-": "view" },
        { "impersonate-user": "bob-{u}", "impersonate-extra-example.com%2f%53copes": "view" },
        { "impersonate-user": "bob-{u}", "impersonate-extra-example_com%2fscopes": "view" },
        { "impersonate-user": "system:serviceaccount:{ns}:default" },
      ),
      ...asked(3, configMaps, { "impersonate-user": "bob-{u}" }),
    ],
  },
  {
    name: "accounts and nodes for some verbs only",
    steps: [
      ...agent([
        { apiGroups: authentication, resources: ["serviceaccounts"], verbs: ["impersonate:serviceaccount"], resourceNames: ["default"] },
        { apiGroups: authentication, resources: ["nodes"], verbs: ["impersonate:arbitrary-node"], resourceNames: ["node-{u}"] },
        {
          apiGroups: authentication,
          resources: ["selfsubjectreviews"],
          verbs: ["impersonate-on:serviceaccount:create", "impersonate-on:arbitrary-node:create"],
        },
        { apiGroups: [""], resources: ["pods"], verbs: ["impersonate-on:arbitrary-node:list"] },
      ]),
      ...asked(
        3,
        whoAmI,
        { "impersonate-user": "system:serviceaccount:{ns}:default" },
        { "impersonate-user": "system:serviceaccount:{ns}:other" },
        { "impersonate-user": "system:serviceaccount:{ns}:default", "impersonate-group": "devs" },
        { "impersonate-user": "system:node:node-{u}" },
        { "impersonate-user": "system:node:other-{u}" },
        { "impersonate-user": "system:node:node-{u}", "impersonate-uid": "1" },
      ),
      ...asked(
        3,
        "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-{u}",
        { "impersonate-user": "system:node:node-{u}" },
        { "impersonate-user": "system:serviceaccount:{ns}:default" },
      ),
      ...asked(3, "/api/v1/pods", { "impersonate-user": "system:node:node-{u}" }),
      ...asked(3, configMaps, { "impersonate-user": "system:node:node-{u}" }),
    ],
  },
  {
    name: "the node that the account runs on",
    steps: [
      create("/api/v1/nodes", { metadata: { name: "node-{u}" } }),
      create(accounts, { metadata: { name: "agent" } }),
      create("/api/v1/namespaces/{ns}/pods", {
        metadata: { name: "agent" },
        spec: { serviceAccountName: "agent", nodeName: "node-{u}", containers: [{ name: "a", image: "a" }] },
      }),
      ...agent(
        [
          { apiGroups: authentication, resources: ["nodes"], verbs: ["impersonate:associated-node"] },
          { apiGroups: authentication, resources: ["selfsubjectreviews"], verbs: ["impersonate-on:associated-node:create"] },
        ],
        { kind: "Pod", apiVersion: "v1", name: "agent" },
      ).slice(1),
      ...asked(
        5,
        whoAmI,
        {},
        { "impersonate-user": "system:node:node-{u}" },
        { "impersonate-user": "system:node:other-{u}" },
        { "impersonate-user": "system:node:node-{u}", "impersonate-uid": "1" },
      ),
      ...asked(5, "/api/v1/nodes/node-{u}", { "impersonate-user": "system:node:node-{u}" }),
    ],
  },
];

export default sequences;
