import { describe, expect, it } from "vitest";
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
});
