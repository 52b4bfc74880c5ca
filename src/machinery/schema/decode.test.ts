import { describe, expect, it } from "vitest";
import { deepCopy } from "../object.ts";
import { seededRandom } from "../random.ts";
import { normalize } from "./decode.ts";
import { randomObject } from "./testing/random-object.ts";
import { allGroups, schemaOf } from "./testing/tables.ts";

const schema = schemaOf(...allGroups);

function decode(ref: string, value: unknown) {
  return normalize(schema.type(ref), value);
}

function pod(spec: unknown) {
  return decode("api/core/v1#Pod", { spec });
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

describe("unknown fields", () => {
  it("go, and are told in document order", () => {
    const { value, unknown } = decode("api/core/v1#Pod", {
      foo: 1,
      spec: { containers: [{ foo: { a: 1 } }, { bar: [] }], nodeSelector: { a: "b" }, volumes: [{ hostPath: { x: 1 } }] },
      Spec: 2,
    });
    expect(unknown).toEqual([
      'unknown field "foo"',
      'unknown field "spec.containers[0].foo"',
      'unknown field "spec.containers[1].bar"',
      'unknown field "spec.volumes[0].hostPath.x"',
      'unknown field "Spec"',
    ]);
    expect(value).toEqual({
      metadata: {},
      spec: {
        containers: [
          { name: "", resources: {} },
          { name: "", resources: {} },
        ],
        nodeSelector: { a: "b" },
        volumes: [{ name: "", hostPath: { path: "" } }],
      },
      status: {},
    });
  });

  it("are dropped in silence inside of a schema's alternatives, as upstream does", () => {
    const { value, unknown } = decode("api/apiextensions/v1#JSONSchemaProps", { items: { type: "string", bar: 1 }, bar: 2 });
    expect(unknown).toEqual(['unknown field "bar"']);
    expect(value).toEqual({ items: { type: "string" } });
  });
});

describe("what JSON leaves out", () => {
  it("is left out, and what it shows is filled in", () => {
    expect(
      decode("api/core/v1#Pod", {
        metadata: { name: "a", labels: {}, creationTimestamp: null },
        spec: { priority: 0, hostNetwork: false, nodeName: "", securityContext: {}, enableServiceLinks: false, containers: null },
      }).value,
    ).toEqual({
      metadata: { name: "a" },
      spec: { priority: 0, securityContext: {}, enableServiceLinks: false, containers: null },
      status: {},
    });
    expect(decode("api/core/v1#Service", { spec: { ports: [null, { port: 80 }], clusterIPs: [null, "a"] } }).value).toEqual({
      metadata: {},
      spec: {
        ports: [
          { port: 0, targetPort: 0 },
          { port: 80, targetPort: 0 },
        ],
        clusterIPs: ["", "a"],
      },
      status: { loadBalancer: {} },
    });
    expect(decode("api/core/v1#ConfigMap", { data: { a: null } }).value).toEqual({ metadata: {}, data: { a: "" } });
  });

  it("is not filled in when told so", () => {
    expect(normalize(schema.type("api/core/v1#Pod"), { spec: {} }, { fill: false }).value).toEqual({ spec: {} });
  });
});

describe("a value of the wrong type is refused in upstream's words", () => {
  const cases: [ref: string, value: unknown, message: string][] = [
    [
      "api/apps/v1#Deployment",
      { spec: { replicas: "x" } },
      "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      "api/apps/v1#Deployment",
      { spec: { replicas: 1.5 } },
      "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      "api/apps/v1#Deployment",
      { spec: { replicas: 99999999999 } },
      "json: cannot unmarshal number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      "api/apps/v1#Deployment",
      { spec: ["x"] },
      "json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec",
    ],
    ["api/core/v1#Pod", [], "json: cannot unmarshal array into Go value of type v1.Pod"],
    [
      "api/core/v1#Pod",
      { metadata: { labels: { a: 5 } } },
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    [
      "api/core/v1#Pod",
      { metadata: { labels: ["a"] } },
      "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
    ],
    [
      "api/core/v1#Pod",
      { spec: { containers: {} } },
      "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
    ],
    [
      "api/core/v1#Pod",
      { spec: { containers: [{ ports: [{ protocol: 5 }] }] } },
      "json: cannot unmarshal number into Go struct field ContainerPort.spec.containers.ports.protocol of type v1.Protocol",
    ],
    [
      "api/core/v1#Pod",
      { spec: { volumes: [{ hostPath: 5 }] } },
      "json: cannot unmarshal number into Go struct field Volume.spec.volumes.VolumeSource.hostPath of type v1.HostPathVolumeSource",
    ],
    [
      "api/core/v1#Pod",
      { spec: { containers: [{ resources: { limits: 5 } }] } },
      "json: cannot unmarshal number into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
    ],
    [
      "api/core/v1#Pod",
      { spec: { hostNetwork: "yes" } },
      "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool",
    ],
    [
      "api/core/v1#Service",
      { spec: { ports: [{ targetPort: true }] } },
      "json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
    ],
    [
      "api/core/v1#PersistentVolumeClaim",
      { spec: { accessModes: [1] } },
      "json: cannot unmarshal number into Go struct field PersistentVolumeClaimSpec.spec.accessModes of type v1.PersistentVolumeAccessMode",
    ],
    [
      "api/authentication/v1#TokenReview",
      { status: { user: { extra: { c: 5 } } } },
      "json: cannot unmarshal number into Go struct field UserInfo.status.user.extra of type v1.ExtraValue",
    ],
    ["api/core/v1#Secret", { data: { a: 5 } }, "json: cannot unmarshal number into Go struct field Secret.data of type []uint8"],
    ["api/core/v1#Secret", { data: { a: "b" } }, "illegal base64 data at input byte 0"],
    ["api/core/v1#Secret", { data: { a: "YWJjZA" } }, "illegal base64 data at input byte 4"],
    ["api/core/v1#Secret", { data: { a: "YWJjZA==YWJj" } }, "illegal base64 data at input byte 8"],
    ["api/apiextensions/v1#JSONSchemaProps", { additionalProperties: 5 }, "boolean or JSON schema expected"],
  ];
  for (const [ref, value, message] of cases) it(message, () => expect(messageOf(() => decode(ref, value))).toBe(message));
});

describe("quantities and times", () => {
  it("become canonical", () => {
    const limits = { cpu: "1000m", memory: " 0.5Gi", pods: 5, a: 0.5, b: null };
    const { value } = pod({ containers: [{ name: "a", resources: { limits } }] });
    expect(value).toMatchObject({
      spec: { containers: [{ resources: { limits: { cpu: "1", memory: "512Mi", pods: "5", a: "500m", b: "0" } } }] },
    });
    expect(messageOf(() => pod({ containers: [{ resources: { limits: { cpu: {} } } }] }))).toMatch(/^quantities must match/);
    const meta = (creationTimestamp: unknown) => decode("api/core/v1#Pod", { metadata: { creationTimestamp } }).value as never;
    expect(meta("2020-01-01T02:00:00.5+02:00")).toMatchObject({ metadata: { creationTimestamp: "2020-01-01T00:00:00Z" } });
    expect((meta("0001-01-01T00:00:00Z") as { metadata: object }).metadata).toEqual({});
    expect(decode("api/coordination/v1#Lease", { spec: { renewTime: "2020-01-01T02:00:00.123456+01:00" } }).value).toMatchObject({
      spec: { renewTime: "2020-01-01T01:00:00.123456Z" },
    });
  });

  const seconds = "2006-01-02T15:04:05Z07:00";
  const micro = "2006-01-02T15:04:05.000000Z07:00";
  const wrong: [string, string][] = [
    ["abc", `parsing time "abc" as "${seconds}": cannot parse "abc" as "2006"`],
    ["", `parsing time "" as "${seconds}": cannot parse "" as "2006"`],
    ["2020-13-01T02:00:00Z", 'parsing time "2020-13-01T02:00:00Z": month out of range'],
    ["2020-02-30T02:00:00Z", 'parsing time "2020-02-30T02:00:00Z": day out of range'],
    ["2021-02-29T02:00:00Z", 'parsing time "2021-02-29T02:00:00Z": day out of range'],
    ["2020-01-01 23:00:00Z", `parsing time "2020-01-01 23:00:00Z" as "${seconds}": cannot parse " 23:00:00Z" as "T"`],
    ["2020-02-01T02:00:00", `parsing time "2020-02-01T02:00:00" as "${seconds}": cannot parse "" as "Z07:00"`],
    ["2020-01-01T23:00:00ZZ", 'parsing time "2020-01-01T23:00:00ZZ": extra text: "Z"'],
  ];
  for (const [text, message] of wrong) {
    it(message, () => expect(messageOf(() => decode("api/core/v1#Pod", { metadata: { creationTimestamp: text } }))).toBe(message));
  }
  it("needs six digits in a MicroTime", () => {
    expect(messageOf(() => decode("api/coordination/v1#Lease", { spec: { renewTime: "2020-01-01T02:00:00.1Z" } }))).toBe(
      `parsing time "2020-01-01T02:00:00.1Z" as "${micro}": cannot parse ".1Z" as ".000000"`,
    );
  });
});

it("leaves alone what is normal already", () => {
  const seed = 42;
  const random = seededRandom(seed);
  for (const [ref, table] of schema.tables()) {
    if (!Array.isArray(table.gvk)) continue;
    const type = schema.type(ref);
    const once = normalize(type, randomObject(type, random, 5)).value;
    const twice = normalize(type, deepCopy(once));
    expect(twice.unknown, `seed ${seed}, ${ref}`).toEqual([]);
    expect(twice.value, `seed ${seed}, ${ref}`).toEqual(once);
    expect(normalize(type, twice.value).value, `seed ${seed}, ${ref}`).toBe(twice.value);
  }
});
