import { describe, expect, it } from "vitest";
import type { Identity } from "../request.ts";
import { pod } from "../testing/pods.ts";
import { TestServer } from "../testing/test-server.ts";
import type { AuthorizationModule } from "./authorizer.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const eve: Identity = { name: "eve", groups: [] };
const as = (identity: Identity) => ({ identity });

/** Who may do with roles and bindings what there is to do, and read pods. */
async function withRoleMaker(...more: object[]): Promise<TestServer> {
  const test = await TestServer.started();
  const rules = [
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["*"], verbs: ["get", "list", "create", "update", "patch", "delete"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
    ...more,
  ];
  await test.post(`${rbac}/clusterroles`, { metadata: { name: "maker" }, rules });
  await test.post(`${rbac}/clusterrolebindings`, {
    metadata: { name: "maker" },
    subjects: [{ kind: "User", name: "eve" }],
    roleRef: { kind: "ClusterRole", name: "maker" },
  });
  return test;
}

const secrets = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }];
const refusal =
  'user "eve" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}';

describe("nobody gives away what they don't have", () => {
  it("in a new role, or one that is changed", async () => {
    const test = await withRoleMaker();
    const made = await test.post(`${rbac}/clusterroles`, { metadata: { name: "more" }, rules: secrets }, as(eve));
    expect(made.body.message).toBe(`clusterroles.rbac.authorization.k8s.io "more" is forbidden: ${refusal}`);
    const pods = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
    expect((await test.post(`${rbac}/clusterroles`, { metadata: { name: "less" }, rules: pods }, as(eve))).status).toBe(201);
    const patched = await test.patch(`${rbac}/clusterroles/less`, "merge", { rules: secrets }, as(eve));
    expect(patched.body.message).toBe(`clusterroles.rbac.authorization.k8s.io "less" is forbidden: ${refusal}`);
    const applied = await test.patch(`${rbac}/clusterroles/less`, "json", [{ op: "add", path: "/rules/-", value: secrets[0] }], as(eve));
    expect(applied.status).toBe(403);
  });

  it("by a binding, unless they may bind it", async () => {
    const test = await withRoleMaker();
    await test.post(`${rbac}/clusterroles`, { metadata: { name: "more" }, rules: secrets });
    const binding = { metadata: { name: "b" }, subjects: [{ kind: "User", name: "eve" }], roleRef: { kind: "ClusterRole", name: "more" } };
    const refused = await test.post(`${rbac}/clusterrolebindings`, binding, as(eve));
    expect(refused.body.message).toBe(`clusterrolebindings.rbac.authorization.k8s.io "b" is forbidden: ${refusal}`);
    const other = await withRoleMaker({
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["clusterroles"],
      resourceNames: ["more"],
      verbs: ["bind"],
    });
    await other.post(`${rbac}/clusterroles`, { metadata: { name: "more" }, rules: secrets });
    expect((await other.post(`${rbac}/clusterrolebindings`, binding, as(eve))).status).toBe(201);
  });

  it("by a role that gathers others'", async () => {
    const test = await withRoleMaker();
    const role = { metadata: { name: "all" }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } };
    const refused = await test.post(`${rbac}/clusterroles`, role, as(eve));
    expect(refused.body.message).toBe(
      'clusterroles.rbac.authorization.k8s.io "all" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
    await test.post(`${rbac}/clusterroles`, role);
    expect((await test.patch(`${rbac}/clusterroles/all`, "merge", { aggregationRule: null }, as(eve))).status).toBe(403);
  });

  it("by being somebody else", async () => {
    const test = await withRoleMaker({ apiGroups: [""], resources: ["users"], resourceNames: ["bob"], verbs: ["impersonate"] });
    const ask = (headers: Record<string, string>) =>
      test.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { ...as(eve), headers });
    expect((await ask({ "impersonate-user": "admin" })).status).toBe(403);
    const master = { "impersonate-user": "bob", "impersonate-group": "system:masters" };
    expect((await ask(master)).body.message).toBe(
      'selfsubjectreviews.authentication.k8s.io is forbidden: User "eve" cannot impersonate-on:user-info:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
    );
    expect((await ask({ "impersonate-user": "bob", "impersonate-uid": "1" })).status).toBe(403);
    expect((await ask({ "impersonate-group": "system:masters" })).status).toBe(400);
  });
});

describe("a node", () => {
  const node: Identity = { name: "system:node:one", groups: ["system:nodes"] };
  const secretOf = (name: string, namespace = "default") => `/api/v1/namespaces/${namespace}/secrets/${name}`;

  it("reads the secrets of its own pods alone", async () => {
    const test = await TestServer.started();
    const bound = (name: string, nodeName: string, secretName: string) => {
      const made = pod(name) as { spec: object };
      return { ...made, spec: { ...made.spec, nodeName, volumes: [{ name: "s", secret: { secretName } }] } };
    };
    await test.post("/api/v1/namespaces/default/pods", bound("a", "one", "mine"));
    await test.post("/api/v1/namespaces/default/pods", bound("b", "two", "other"));
    expect((await test.get(secretOf("mine"), as(node))).status).toBe(404);
    expect((await test.get(secretOf("other"), as(node))).body.message).toBe(
      `secrets "other" is forbidden: User "system:node:one" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node 'one' and this object`,
    );
    expect((await test.get(secretOf("mine", "kube-system"), as(node))).status).toBe(403);
    expect((await test.get("/api/v1/namespaces/default/secrets", as(node))).status).toBe(403);
    expect((await test.get("/api/v1/secrets", as(node))).status).toBe(403);
  });

  it("gets tokens for the pods that it runs alone, and for whom they name", async () => {
    const test = await TestServer.started();
    for (const [name, nodeName] of [
      ["a", "one"],
      ["b", "two"],
    ] as const) {
      const made = pod(name) as { spec: object };
      await test.post("/api/v1/namespaces/default/pods", { ...made, spec: { ...made.spec, nodeName, serviceAccountName: "default" } });
    }
    const uid = async (name: string) => (await test.get(`/api/v1/namespaces/default/pods/${name}`)).body.metadata.uid;
    const ask = (boundObjectRef: object, audiences: string[] = []) =>
      test.post("/api/v1/namespaces/default/serviceaccounts/default/token", { spec: { boundObjectRef, audiences } }, as(node));
    const own = { kind: "Pod", apiVersion: "v1", name: "a", uid: await uid("a") };
    expect((await ask(own)).status).toBe(201);
    expect((await ask({ ...own, name: "b", uid: await uid("b") })).body.message).toContain(
      "node requested token bound to a pod scheduled on a different node",
    );
    expect((await ask(own, ["vault"])).body.message).toContain(
      'audience "vault" not found in pod spec volume, system:node:one is not authorized to request tokens for this audience',
    );
    expect((await ask({ kind: "Secret", apiVersion: "v1", name: "s" })).body.message).toContain("node requested token not bound to a pod");
  });
});

it("waits for an authorizer that has to ask somebody, in expressions too", async () => {
  const slow: AuthorizationModule = {
    name: "slow",
    authorize: async ({ name }, { verb }) => ({ effect: name === "eve" && verb !== "delete" ? "allow" : "none", reason: "" }),
    rulesFor: () => ({ rules: [], incomplete: true }),
  };
  const test = await TestServer.started();
  test.server.context.authorizer.replace([slow]);
  const maps = "/api/v1/namespaces/default/configmaps";
  expect((await test.get(maps, as(eve))).status).toBe(200);
  expect((await test.delete(`${maps}/a`, undefined, as(eve))).status).toBe(403);
  const registration = "/apis/admissionregistration.k8s.io/v1";
  await test.post(`${registration}/validatingadmissionpolicies`, {
    metadata: { name: "p" },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }] },
      validations: [{ expression: "authorizer.requestResource.check('delete').allowed()", message: "only who may delete it creates it" }],
    },
  });
  await test.post(`${registration}/validatingadmissionpolicybindings`, {
    metadata: { name: "p" },
    spec: { policyName: "p", validationActions: ["Deny"] },
  });
  const refused = await test.post(maps, { metadata: { name: "a" } }, as(eve));
  expect(refused.body.message).toContain("only who may delete it creates it");
});
