import { describe, expect, it } from "vitest";
import type { OutgoingRequest, OutgoingResponse } from "../../../machinery/platform.ts";
import type { AuditEvent } from "../../audit/audit-event.ts";
import { utf8 } from "../../bytes.ts";
import type { ServerOptions } from "../../options.ts";
import { configMap, pod } from "../../testing/pods.ts";
import { TestServer } from "../../testing/test-server.ts";

const mutating = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const validating = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const configMaps = "/api/v1/namespaces/default/configmaps";

interface Review {
  apiVersion: string;
  request: { uid: string; operation: string; object: { metadata: { name: string }; data?: object } };
}

type Webhook = (review: Review, request: OutgoingRequest) => object | Error | Promise<object>;

/** A server whose webhooks are functions, by the path that their URL has. */
async function withWebhooks(webhooks: Record<string, Webhook>, options: Partial<ServerOptions> = {}) {
  const calls: OutgoingRequest[] = [];
  const fetch = async (request: OutgoingRequest): Promise<OutgoingResponse> => {
    calls.push(request);
    const review = JSON.parse(request.body as string) as Review;
    const answer = await webhooks[new URL(request.url).pathname]?.(review, request);
    if (answer instanceof Error) throw answer;
    const response = { uid: review.request.uid, allowed: true, ...answer };
    const body = utf8(JSON.stringify({ apiVersion: review.apiVersion, kind: "AdmissionReview", response }));
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: (async function* () {
        yield body;
      })(),
    };
  };
  const test = await TestServer.started(options, undefined, { fetch });
  return { test, calls, paths: () => calls.splice(0).map(({ url }) => new URL(url).pathname) };
}

function configuration(name: string, ...hooks: object[]) {
  return {
    metadata: { name },
    webhooks: hooks.map((hook, index) => ({
      name: `h${index}.example.com`,
      clientConfig: { url: `https://hooks.example.com/${name}${index}` },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      ...hook,
    })),
  };
}

const patchOf = (...operations: object[]) => ({ patchType: "JSONPatch", patch: btoa(JSON.stringify(operations)) });

describe("admission webhooks", () => {
  it("are in force when their configuration has been answered, and no longer when its deletion has", async () => {
    const { test, paths } = await withWebhooks({ "/v0": () => ({ allowed: false, status: { message: "no", code: 403 } }) });
    await test.post(validating, configuration("v", {}));
    const refused = await test.post(configMaps, configMap("a"));
    expect(refused).toMatchObject({ status: 403, body: { message: 'admission webhook "h0.example.com" denied the request: no' } });
    expect((await test.get(`${configMaps}/a`)).status).toBe(404);
    await test.delete(`${validating}/v`);
    paths();
    expect((await test.post(configMaps, configMap("a"))).status).toBe(201);
    expect(paths()).toEqual([]);
  });

  it("change objects one after the other, are asked again, and see defaults", async () => {
    const { test, paths } = await withWebhooks({
      "/a0": () => patchOf({ op: "add", path: "/data/first", value: "1" }),
      "/a1": ({ request }) => patchOf({ op: "add", path: "/data/seen", value: JSON.stringify(request.object.data) }),
    });
    await test.post(mutating, configuration("a", { reinvocationPolicy: "IfNeeded" }, {}));
    const made = await test.post(configMaps, configMap("a", { own: "x" }));
    expect(made.body).toMatchObject({ data: { own: "x", first: "1", seen: '{"own":"x","first":"1"}' } });
    expect(paths()).toEqual(["/a0", "/a1", "/a0"]);
  });

  it("that can't be reached are ignored or not, as their failure policy says", async () => {
    const error = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", address: "10.0.0.1", port: 443 });
    const { test } = await withWebhooks({ "/v0": () => error });
    await test.post(validating, configuration("v", { failurePolicy: "Ignore" }));
    expect((await test.post(configMaps, configMap("a"))).status).toBe(201);
    await test.patch(`${validating}/v`, "json", [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Fail" }]);
    expect((await test.post(configMaps, configMap("b"))).body).toMatchObject({
      code: 500,
      message:
        'Internal error occurred: failed calling webhook "h0.example.com": failed to call webhook: Post "https://hooks.example.com/v0?timeout=10s": dial tcp 10.0.0.1:443: connect: connection refused',
    });
  });

  it("are waited for as long as they may take", async () => {
    const { test } = await withWebhooks({
      "/v0": (_review, { signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))),
    });
    await test.post(validating, configuration("v", { timeoutSeconds: 3 }));
    const answer = test.post(configMaps, configMap("a"));
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    await test.clock.advance(3000);
    expect((await answer).body.message).toBe(
      'Internal error occurred: failed calling webhook "h0.example.com": failed to call webhook: Post "https://hooks.example.com/v0?timeout=3s": context deadline exceeded',
    );
  });

  it("of a service are called at an endpoint under the service's name", async () => {
    const { test, calls } = await withWebhooks({ "/check": () => ({}) });
    const service = { namespace: "default", name: "hooks", path: "/check", port: 8443 };
    await test.post(validating, configuration("v", { clientConfig: { service } }));
    const told = async () => (await test.post(configMaps, configMap("a"))).body.message ?? "";
    expect(await told()).toMatch(/Post "https:\/\/hooks.default.svc:8443\/check\?timeout=10s": service "hooks" not found$/);
    await test.post("/api/v1/namespaces/default/services", { metadata: { name: "hooks" }, spec: { ports: [{ port: 8443, name: "web" }] } });
    expect(await told()).toMatch(/: no endpoints available for service "hooks"$/);
    await test.post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
      metadata: { name: "hooks-1", labels: { "kubernetes.io/service-name": "hooks" } },
      addressType: "IPv4",
      ports: [{ name: "web", port: 9443 }],
      endpoints: [{ addresses: ["10.1.2.3"], conditions: { ready: true } }],
    });
    expect((await test.post(configMaps, configMap("a"))).status).toBe(201);
    expect(calls).toMatchObject([
      {
        url: "https://10.1.2.3:9443/check?timeout=10s",
        serverName: "hooks.default.svc",
        headers: { host: "hooks.default.svc:8443", "user-agent": "kube-apiserver-admission" },
      },
    ]);
  });

  it("with match conditions are asked only about requests that meet all of them", async () => {
    const { test, paths } = await withWebhooks({});
    const matchConditions = [
      { name: "named", expression: "object.metadata.name.startsWith('a') && request.operation == 'CREATE'" },
      { name: "allowed", expression: "authorizer.requestResource.check('create').allowed()" },
    ];
    await test.post(validating, configuration("v", { matchConditions }));
    expect((await test.post(configMaps, configMap("a"))).status).toBe(201);
    expect(paths()).toEqual(["/v0"]);
    expect((await test.post(configMaps, configMap("b"))).status).toBe(201);
    expect(paths()).toEqual([]);
  });

  it("whose match conditions fail refuse the request or are left out, as their failure policy says", async () => {
    const { test, paths } = await withWebhooks({});
    const matchConditions = [
      { name: "one", expression: "object.nothing == 1" },
      { name: "two", expression: "object.metadata.nothing == 2" },
    ];
    await test.post(validating, configuration("v", { matchConditions }));
    expect((await test.post(configMaps, configMap("a"))).body).toMatchObject({
      code: 403,
      message:
        "configmaps \"a\" is forbidden: [expression 'object.nothing == 1' resulted in error: no such key: nothing, expression 'object.metadata.nothing == 2' resulted in error: no such key: nothing]",
    });
    await test.patch(`${validating}/v`, "json", [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }]);
    expect((await test.post(configMaps, configMap("a"))).status).toBe(201);
    const never = { name: "never", expression: "false" };
    await test.put(`${validating}/v`, configuration("v", { matchConditions: [...matchConditions, never] }));
    expect((await test.post(configMaps, configMap("b"))).status).toBe(201);
    expect(paths()).toEqual([]);
  });

  it("with match conditions that don't compile are not taken", async () => {
    const { test } = await withWebhooks({});
    const told = async (expression: string) =>
      (await test.post(validating, configuration("v", { matchConditions: [{ name: "c", expression }] }))).body.message;
    const head =
      'ValidatingWebhookConfiguration.admissionregistration.k8s.io "v" is invalid: webhooks[0].matchConditions[0].expression: Invalid value';
    expect(await told("request.uid == ''")).toBe(
      `${head}: "request.uid == ''": compilation failed: ERROR: <input>:1:8: undefined field 'uid'\n | request.uid == ''\n | .......^`,
    );
    expect(await told("request.name")).toBe(`${head}: "request.name": must evaluate to bool but got string`);
  });

  it("are not asked about other resources, and never about themselves", async () => {
    const { test, paths } = await withWebhooks({ "/v0": () => ({ allowed: false }) });
    const everything = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }];
    await test.post(validating, configuration("v", { rules: everything }));
    expect((await test.post(mutating, configuration("m", {}))).status).toBe(201);
    expect((await test.delete(`${mutating}/m`)).status).toBe(200);
    expect(paths()).toEqual([]);
    expect((await test.post("/api/v1/namespaces/default/pods", pod("p"))).status).toBe(400);
    expect(paths()).toEqual(["/v0"]);
  });

  it("tell audit what they have done", async () => {
    const told: Record<string, string>[] = [];
    const audit = {
      policy: { rules: [{ level: "Request" as const, verbs: ["create"], omitStages: ["RequestReceived" as const] }] },
      sinks: [{ take: ({ parts }: AuditEvent) => void told.push(Object.fromEntries(parts.annotations)) }],
    };
    const { test } = await withWebhooks(
      {
        "/m0": () => ({ ...patchOf({ path: "/data", op: "add", value: { a: "b" } }), auditAnnotations: { note: "seen", "no/key": "x" } }),
        "/m1": () => new Error("gone"),
        "/v0": () => new Error("gone"),
      },
      { audit },
    );
    await test.post(mutating, configuration("m", {}, { failurePolicy: "Ignore" }));
    await test.post(validating, configuration("v", { failurePolicy: "Ignore" }));
    await test.post(configMaps, configMap("a"));
    const { "authorization.k8s.io/decision": _decision, "authorization.k8s.io/reason": _reason, ...noted } = told.at(-1) ?? {};
    expect(noted).toEqual({
      "h0.example.com/note": "seen",
      "patch.webhook.admission.k8s.io/round_0_index_0":
        '{"configuration":"m","webhook":"h0.example.com","patch":[{"op":"add","path":"/data","value":{"a":"b"}}],"patchType":"JSONPatch"}',
      "mutation.webhook.admission.k8s.io/round_0_index_0": '{"configuration":"m","webhook":"h0.example.com","mutated":true}',
      "failed-open.mutating.webhook.admission.k8s.io/round_0_index_1": "h1.example.com",
      "mutation.webhook.admission.k8s.io/round_0_index_1": '{"configuration":"m","webhook":"h1.example.com","mutated":false}',
      "failed-open.validating.webhook.admission.k8s.io/round_0_index_0": "h0.example.com",
    });
  });
});
