import { describe, expect, it } from "vitest";
import { AuditAnnotations } from "../../audit/annotations.ts";
import { configMap } from "../../testing/pods.ts";
import { TestServer } from "../../testing/test-server.ts";

const group = "/apis/admissionregistration.k8s.io/v1";
const configMaps = "/api/v1/namespaces/default/configmaps";

async function withPolicy(spec: object, binding: object = {}) {
  const test = await TestServer.started();
  const resourceRules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }];
  const policy = { metadata: { name: "p" }, spec: { matchConstraints: { resourceRules }, ...spec } };
  const made = await test.post(`${group}/validatingadmissionpolicies`, policy);
  const bound = { metadata: { name: "b" }, spec: { policyName: "p", validationActions: ["Deny"], ...binding } };
  await test.post(`${group}/validatingadmissionpolicybindings`, bound);
  return { test, made };
}

const denied = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request";

describe("validating admission policies", () => {
  it("refuse what does not meet them, until their binding is gone", async () => {
    const variables = [{ name: "name", expression: "object.metadata.name" }];
    const validations = [{ expression: "variables.name != 'a'", messageExpression: "'not ' + variables.name", reason: "Forbidden" }];
    const { test } = await withPolicy({ variables, validations });
    const message = `configmaps "a" is forbidden: ${denied}: not a`;
    expect(await test.post(configMaps, configMap("a"))).toMatchObject({ status: 403, body: { reason: "Forbidden", message } });
    expect((await test.post(configMaps, configMap("b"))).status).toBe(201);
    await test.delete(`${group}/validatingadmissionpolicybindings/b`);
    expect((await test.post(configMaps, configMap("a"))).status).toBe(201);
  });

  it("warn where their binding says so", async () => {
    const { test } = await withPolicy({ validations: [{ expression: "false", message: "no" }] }, { validationActions: ["Warn"] });
    const made = await test.post(configMaps, configMap("a"));
    expect(made.status).toBe(201);
    expect(made.headers.warning).toEqual([`299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no"`]);
  });

  it("are evaluated with each of their parameters", async () => {
    const paramRef = { selector: { matchLabels: { is: "param" } }, parameterNotFoundAction: "Deny" };
    const spec = {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      matchConditions: [{ name: "new", expression: "!has(object.metadata.labels)" }],
      validations: [{ expression: "object.metadata.name != params.data.name", messageExpression: "'is in ' + params.metadata.name" }],
    };
    const { test } = await withPolicy(spec, { paramRef });
    expect((await test.post(configMaps, configMap("x"))).body.message).toBe(
      `configmaps "x" is forbidden: ${denied}: failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`,
    );
    for (const name of ["x", "y"]) {
      const param = { metadata: { name: `param-${name}`, labels: { is: "param" } }, data: { name } };
      await test.patch(`${group}/validatingadmissionpolicies/p`, "merge", { spec: { failurePolicy: "Ignore" } });
      expect((await test.post(configMaps, param)).status).toBe(201);
    }
    expect((await test.post(configMaps, configMap("y"))).body.message).toBe(`configmaps "y" is forbidden: ${denied}: is in param-y`);
    expect((await test.post(configMaps, configMap("z"))).status).toBe(201);
  });

  it("that don't compile are not taken", async () => {
    const { made } = await withPolicy({ validations: [{ expression: "object" }] });
    expect(made.body.message).toBe(
      'ValidatingAdmissionPolicy.admissionregistration.k8s.io "p" is invalid: spec.validations[0].expression: Invalid value: "object": must evaluate to bool but got dyn',
    );
  });

  it("note for the audit event what they find", async () => {
    const auditAnnotations = [
      { key: "named", valueExpression: "' ' + object.metadata.name" },
      { key: "none", valueExpression: "null" },
    ];
    const validations = [{ expression: "true" }, { expression: "object.metadata.name != 'a'", message: "no" }];
    const { test } = await withPolicy({ validations, auditAnnotations }, { validationActions: ["Audit"] });
    const annotations = new AuditAnnotations();
    expect((await test.post(configMaps, configMap("a"), { annotations })).status).toBe(201);
    const failure = `[{"message":"no","policy":"p","binding":"b","expressionIndex":1,"validationActions":["Audit"]}]`;
    expect([...annotations.entries]).toEqual([
      ["validation.policy.admission.k8s.io/validation_failure", { level: "Metadata", value: failure }],
      ["p/named", { level: "Metadata", value: "a" }],
    ]);
  });
});

describe("mutating admission policies", () => {
  const counting = (key: string) => ({
    patchType: "ApplyConfiguration",
    applyConfiguration: { expression: `Object{data: {"${key}": string(object.?data.${key}.orValue("")) + "x"}}` },
  });

  async function withMutations(spec: object) {
    const test = await TestServer.started();
    const resourceRules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }];
    const policy = { metadata: { name: "m" }, spec: { reinvocationPolicy: "Never", matchConstraints: { resourceRules }, ...spec } };
    expect((await test.post(`${group}/mutatingadmissionpolicies`, policy)).status).toBe(201);
    await test.post(`${group}/mutatingadmissionpolicybindings`, { metadata: { name: "b" }, spec: { policyName: "m" } });
    return test;
  }

  it("change objects, and are asked once more of what changed when they want to be", async () => {
    const once = await withMutations({ mutations: [counting("a"), counting("a")] });
    expect((await once.post(configMaps, configMap("a"))).body.data).toEqual({ a: "xx" });
    const again = await withMutations({ reinvocationPolicy: "IfNeeded", mutations: [counting("a")] });
    expect((await again.post(configMaps, configMap("a"))).body.data).toEqual({ a: "xx" });
  });

  it("change nothing where a test of their patch fails, and refuse what they can't change", async () => {
    const expression = `[JSONPatch{op: "test", path: "/data/a", value: "1"}, JSONPatch{op: "remove", path: "/data/b"}]`;
    const test = await withMutations({ mutations: [{ patchType: "JSONPatch", jsonPatch: { expression } }] });
    expect((await test.post(configMaps, configMap("a", { a: "2" }))).body.data).toEqual({ a: "2" });
    expect((await test.post(configMaps, configMap("b", { a: "1" }))).body).toMatchObject({
      code: 403,
      reason: "Invalid",
      message:
        "policy 'm' with binding 'b' denied request: JSON Patch: error in remove for path: '/data/b': Unable to remove nonexistent key: b: missing value",
    });
  });

  it("never replace as a whole what others may own a part of", async () => {
    const expression = "Object{metadata: Object.metadata{managedFields: []}}";
    const test = await withMutations({ mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }] });
    expect((await test.post(configMaps, configMap("a"))).body.message).toBe(
      "policy 'm' with binding 'b' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .metadata.managedFields",
    );
  });
});
