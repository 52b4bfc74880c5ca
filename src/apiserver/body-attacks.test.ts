import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { configMap } from "./testing/pods.ts";
import { TestServer } from "./testing/test-server.ts";

/** The rows of docs/security.md that are about what a body says. */

const configMaps = "/api/v1/namespaces/default/configmaps";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const things = "/apis/example.com/v1/things";
const creations = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] };
const yaml = { headers: { "content-type": "application/yaml" } };

let test: TestServer;
let number = 0;
const newName = () => `n${++number}`;

function definition(plural: string, schema: object): object {
  const kind = plural.slice(0, 1).toUpperCase() + plural.slice(1, -1);
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", ...schema } } }];
  const names = { plural, singular: plural.slice(0, -1), kind, listKind: `${kind}List` };
  return { metadata: { name: `${plural}.example.com` }, spec: { group: "example.com", scope: "Cluster", names, versions } };
}

/** A definition as its controller leaves it. */
async function define(plural: string, schema: object, body = definition(plural, schema)): Promise<void> {
  const made = await test.post(definitions, body);
  expect(made.status).toBe(201);
  const { names } = made.body.spec as { names: object };
  const conditions = ["NamesAccepted", "Established"].map((type) => ({ type, status: "True", reason: "R", message: "" }));
  const status = { acceptedNames: names, conditions, storedVersions: ["v1"] };
  expect((await test.patch(`${definitions}/${plural}.example.com/status`, "merge", { status })).status).toBe(200);
}

async function quickly<T>(run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  expect(performance.now() - start).toBeLessThan(20_000);
  return result;
}

beforeAll(async () => {
  test = await TestServer.started();
  await define("things", { "x-kubernetes-preserve-unknown-fields": true });
});

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect({}).not.toHaveProperty("polluted");
  expect([]).not.toHaveProperty("polluted");
});

describe("bombs", () => {
  it("an alias in YAML doesn't stand for more than the text could", async () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level++) {
      const [name, inner] = [String.fromCharCode(97 + level), String.fromCharCode(96 + level)];
      lines.push(`${name}: &${name} [${Array(9).fill(`*${inner}`).join(", ")}]`);
    }
    const { status, body } = await quickly(() => test.post(configMaps, lines.join("\n"), yaml));
    expect(status).toBe(400);
    expect(body.message).toMatch(/document contains excessive aliasing|Excessive alias count/);
  });

  it("nesting has an end in JSON, YAML and what a custom resource may hold", async () => {
    for (const depth of [5_000, 20_000]) {
      const json = `{"metadata":{"name":"a"},"data":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
      expect((await quickly(() => test.post(configMaps, json))).status).toBe(400);
      const thing = `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"deep${depth}"},"a":${"[".repeat(depth)}1${"]".repeat(depth)}}`;
      expect([201, 400, 413]).toContain((await quickly(() => test.post(things, thing))).status);
      expect((await quickly(() => test.post(configMaps, `metadata: ${"[".repeat(depth)}`, yaml))).status).toBe(400);
    }
    const merge = `{"data":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`;
    const name = newName();
    await test.post(configMaps, configMap(name));
    for (const kind of ["merge-patch+json", "strategic-merge-patch+json", "json-patch+json", "apply-patch+yaml"]) {
      const headers = { "content-type": `application/${kind}` };
      const { status } = await quickly(() => test.ask("PATCH", `${configMaps}/${name}?fieldManager=m`, merge, { headers }));
      expect(status).toBe(400);
    }
    expect((await test.get(configMaps)).status).toBe(200);
  });

  it("a patch doesn't grow an object by copies", async () => {
    const name = newName();
    await test.post(configMaps, configMap(name, { a: "x".repeat(100_000) }));
    const copies = Array.from({ length: 1000 }, (_, index) => ({ op: "copy", from: "/data/a", path: `/data/a${index}` }));
    expect((await quickly(() => test.patch(`${configMaps}/${name}`, "json", copies))).status).toBe(422);
    const many = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/kind", value: "ConfigMap" }));
    expect((await test.patch(`${configMaps}/${name}`, "json", many)).body.message).toBe(
      "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    );
  });
});

describe("regular expressions and expressions that burn time", () => {
  const evil = "^(a+)+$";
  const text = `${"a".repeat(50_000)}!`;

  it("patterns of schemas take no longer than the text is long", async () => {
    const schema = { properties: { spec: { type: "object", properties: { a: { type: "string", pattern: evil } } } } };
    await define("patterns", schema);
    const body = { apiVersion: "example.com/v1", kind: "Pattern", metadata: { name: "a" }, spec: { a: text } };
    expect((await quickly(() => test.post("/apis/example.com/v1/patterns", body))).status).toBe(422);
  });

  it("rules of schemas that may cost too much are refused, and those of policies are cut off", async () => {
    const nested = "self.all(a, self.all(b, self.all(c, self.all(d, a.matches(b)))))";
    const spec = { type: "array", items: { type: "string" }, "x-kubernetes-validations": [{ rule: nested }] };
    const { status, body } = await quickly(() => test.post(definitions, definition("rules", { properties: { spec } })));
    expect(status).toBe(422);
    expect(body.message).toContain("estimated rule cost exceeds budget by factor of more than 100x");
    const digits = "[1,2,3,4,5,6,7,8,9,10]";
    const burning = `${`${digits}.all(x, `.repeat(8)}true${")".repeat(8)}`;
    const resourceRules = [
      { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"], resourceNames: ["b"] },
    ];
    const group = "/apis/admissionregistration.k8s.io/v1";
    const validations = [{ expression: burning }, { expression: `"${"a".repeat(1000)}!".matches(${JSON.stringify(evil)})` }];
    const policy = { metadata: { name: "burns" }, spec: { matchConstraints: { resourceRules }, validations } };
    expect((await test.post(`${group}/validatingadmissionpolicies`, policy)).status).toBe(201);
    const binding = { metadata: { name: "burns" }, spec: { policyName: "burns", validationActions: ["Deny"] } };
    expect((await test.post(`${group}/validatingadmissionpolicybindings`, binding)).status).toBe(201);
    const refused = await quickly(() => test.post(configMaps, configMap("b")));
    expect(refused.body.message).toContain("operation cancelled: actual cost limit exceeded");
  });
});

describe("webhooks", () => {
  it.each([
    "http://10.0.0.1/x",
    "file:///etc/passwd",
    "https://user:password@10.0.0.1/x",
    "https://10.0.0.1/x?a=b",
    "https://10.0.0.1/x#a",
    "/x",
    "unix:///run/containerd.sock",
  ])("can't be at %s", async (url) => {
    const rules = [creations];
    const hook = { name: "a.example.com", clientConfig: { url }, rules, sideEffects: "None", admissionReviewVersions: ["v1"] };
    const configuration = { metadata: { name: "ssrf" }, webhooks: [hook] };
    const { status, body } = await test.post("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", configuration);
    expect([status, body.message]).toEqual([422, expect.stringContaining("webhooks[0].clientConfig.url: ")]);
  });
});

describe("names that JavaScript knows", () => {
  const nasty = '{"__proto__":{"polluted":"1"},"constructor":{"prototype":{"polluted":"1"}},"prototype":{"polluted":"1"}}';
  const texts = '{"__proto__":"1","constructor":"2","prototype":"3","toString":"4","hasOwnProperty":"5"}';

  it("are labels, annotations and data like any other", async () => {
    const name = newName();
    const body = `{"metadata":{"name":"${name}","labels":{"constructor":"1","toString":"2"},"annotations":{"constructor":"1"}},"data":${texts}}`;
    expect((await test.post(configMaps, body)).status).toBe(201);
    const { text } = await test.get(`${configMaps}/${name}`);
    expect(JSON.parse(text).data.constructor).toBe("2");
    expect(text).toContain('"__proto__":"1"');
    const found = await test.get(
      `${configMaps}?labelSelector=${encodeURIComponent("constructor=1,toString=2,valueOf!=1,!hasOwnProperty")}`,
    );
    expect((found.body.items as unknown[]).length).toBe(1);
    expect((await test.get(`${configMaps}?labelSelector=valueOf`)).body.items).toEqual([]);
    expect((await test.get(`${configMaps}?labelSelector=__proto__`)).status).toBe(400);
  });

  it("are kinds and versions that nobody knows", async () => {
    for (const word of ["toString", "constructor", "__proto__"]) {
      const body = `{"apiVersion":"${word}","kind":"${word}","metadata":{"name":"a"}}`;
      expect((await test.post(configMaps, body)).status).toBe(400);
      expect((await test.get(`/apis/${word}/v1/${word}`)).status).toBe(404);
      expect((await test.get(`/api/v1/${word}`)).status).toBe(404);
      expect((await test.get(`/api/v1/namespaces/default/pods/${word}/${word}`)).status).toBe(404);
    }
  });

  it.each(["json", "merge", "strategic-merge"] as const)("are fields that a %s patch adds to an object alone", async (kind) => {
    const name = newName();
    await test.post(configMaps, configMap(name, { own: "0" }));
    const patches = {
      json: '[{"op":"add","path":"/data/__proto__","value":"1"},{"op":"add","path":"/metadata/__proto__","value":{"polluted":"1"}},{"op":"copy","from":"/metadata","path":"/constructor"}]',
      merge: `{"data":${texts},"metadata":${nasty},"__proto__":{"polluted":"1"}}`,
      "strategic-merge": `{"data":${texts},"metadata":${nasty},"__proto__":{"polluted":"1"}}`,
    };
    const { status } = await test.ask("PATCH", `${configMaps}/${name}`, patches[kind], {
      headers: { "content-type": `application/${kind}-patch+json` },
    });
    expect(status).toBe(200);
    const { text } = await test.get(`${configMaps}/${name}`);
    expect(text).toContain('"__proto__":"1"');
    expect(text).not.toContain("polluted");
  });

  it("are fields that nobody declared to an apply", async () => {
    const apply = { headers: { "content-type": "application/apply-patch+yaml" } };
    const name = newName();
    const config = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":${texts}}`;
    const applied = await test.ask("PATCH", `${configMaps}/${name}?fieldManager=m`, config, apply);
    expect(applied.status).toBe(201);
    expect(applied.text).toContain('"f:__proto__":{}');
    const polluting = config.replace('"data"', `"__proto__":{"polluted":"1"},"data"`);
    const refused = await test.ask("PATCH", `${configMaps}/${name}?fieldManager=m`, polluting, apply);
    expect([refused.status, refused.body.message]).toEqual([500, expect.stringContaining(".__proto__: field not declared in schema")]);
  });

  it("are kept by custom resources as they are, through every kind of patch", async () => {
    const thing = `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"proto"},"__proto__":{"polluted":"1"},"spec":${nasty}}`;
    expect((await test.post(things, thing)).status).toBe(201);
    const patched = await test.ask("PATCH", `${things}/proto`, `{"spec":{"__proto__":{"more":"2"},"constructor":null}}`, {
      headers: { "content-type": "application/merge-patch+json" },
    });
    expect(patched.status).toBe(200);
    expect(patched.text).toContain('"spec":{"__proto__":{"polluted":"1","more":"2"},"prototype":{"polluted":"1"}}');
    const operations = [{ op: "replace", path: "/__proto__/polluted", value: "3" }];
    expect((await test.patch(`${things}/proto`, "json", operations)).text).toContain('"__proto__":{"polluted":"3"}');
  });

  it("are no way to what all objects share, in the paths of a scale", async () => {
    const made = definition("scalings", { properties: { spec: { type: "object" } } }) as { spec: { versions: Record<string, unknown>[] } };
    const scale = { specReplicasPath: ".spec.__proto__.polluted", statusReplicasPath: ".status.constructor.prototype.polluted" };
    (made.spec.versions[0] as Record<string, unknown>).subresources = { scale };
    await define("scalings", {}, made);
    const scaling = { apiVersion: "example.com/v1", kind: "Scaling", metadata: { name: "a" }, spec: {} };
    expect((await test.post("/apis/example.com/v1/scalings", scaling)).status).toBe(201);
    const answer = await test.patch("/apis/example.com/v1/scalings/a/scale", "merge", { spec: { replicas: 7 } });
    expect([200, 422]).toContain(answer.status);
  });

  it("come out of YAML as plain keys", async () => {
    const name = newName();
    const source = `metadata:\n  name: ${name}\ndata:\n  __proto__: a\n  constructor: b\n__proto__:\n  polluted: c\n`;
    expect((await test.post(configMaps, source, yaml)).status).toBe(201);
    expect((await test.get(`${configMaps}/${name}`)).text).toContain('"__proto__":"a"');
    const merged = `metadata: {name: ${newName()}}\nbase: &base {__proto__: {polluted: d}}\ndata:\n  <<: *base\n`;
    expect([201, 400]).toContain((await test.post(configMaps, merged, yaml)).status);
  });

  it("are keys of maps to expressions, and no more", async () => {
    const group = "/apis/admissionregistration.k8s.io/v1";
    const resourceRules = [
      { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"], resourceNames: ["keys"] },
    ];
    const expression = `!("constructor" in object.data) && object.data["__proto__"] == "1" && !has(object.data.toString) && !("valueOf" in {"a": 1})`;
    const policy = { metadata: { name: "keys" }, spec: { matchConstraints: { resourceRules }, validations: [{ expression }] } };
    expect((await test.post(`${group}/validatingadmissionpolicies`, policy)).status).toBe(201);
    await test.post(`${group}/validatingadmissionpolicybindings`, {
      metadata: { name: "keys" },
      spec: { policyName: "keys", validationActions: ["Deny"] },
    });
    expect((await test.post(configMaps, '{"metadata":{"name":"keys"},"data":{"__proto__":"1"}}')).status).toBe(201);
  });
});
