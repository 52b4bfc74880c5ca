import { asTable, damagedCreates, of } from "../damages.ts";
import { create, get, type Sequence } from "../sequences.ts";

const group = "/apis/resource.k8s.io/v1";
const classes = `${group}/deviceclasses`;
const claims = `${group}/namespaces/{ns}/resourceclaims`;
const templates = `${group}/namespaces/{ns}/resourceclaimtemplates`;
const opaque = { driver: "d.example.com", parameters: { a: 1 } };
const deviceClass = {
  metadata: { name: "class-{u}" },
  spec: { selectors: [{ cel: { expression: "true" } }], config: [{ opaque }], extendedResourceName: "example.com/gpu" },
};
const spec = {
  devices: {
    requests: [
      { name: "r", exactly: { deviceClassName: "c", tolerations: [{ key: "k", operator: "Equal", value: "v", effect: "NoExecute" }] } },
      { name: "f", firstAvailable: [{ name: "s1", deviceClassName: "c", allocationMode: "All" }] },
    ],
    constraints: [{ requests: ["r", "f/s1"], matchAttribute: "d.example.com/model" }],
    config: [{ requests: ["r"], opaque }],
  },
};
const claim = { metadata: { name: "c" }, spec };
const devices = "spec.devices";

const sequences: Sequence[] = [
  ...of(
    "device classes",
    damagedCreates(classes, deviceClass, [
      ["spec", undefined],
      ["spec.selectors.0", {}],
      ["spec.selectors", Array.from({ length: 33 }, () => ({ cel: { expression: "true" } }))],
      ["spec.config.0", {}],
      ["spec.config.0.opaque.driver", "Bad_Driver"],
      ["spec.config.0.opaque.driver", "a".repeat(64)],
      ["spec.config.0.opaque.parameters", undefined],
      ["spec.config.0.opaque.parameters", [1]],
      ["spec.extendedResourceName", "cpu"],
    ]),
    { name: "table", steps: [create(classes, deviceClass), get(`${classes}/class-{u}`, asTable)] },
  ),
  ...of(
    "claims",
    damagedCreates(claims, claim, [
      ["spec", undefined],
      [`${devices}.requests.0.name`, "Bad_"],
      [`${devices}.requests.1.name`, "r"],
      [`${devices}.requests.0.exactly`, undefined],
      [`${devices}.requests.0.firstAvailable`, [{ name: "x", deviceClassName: "c" }]],
      [`${devices}.requests.0.exactly.deviceClassName`, ""],
      [`${devices}.requests.0.exactly.allocationMode`, "Some"],
      [`${devices}.requests.0.exactly.allocationMode`, "All"],
      [`${devices}.requests.0.exactly.count`, -1],
      [`${devices}.requests.0.exactly.tolerations.0.operator`, "Exists"],
      [`${devices}.requests.0.exactly.tolerations.0.operator`, "Like"],
      [`${devices}.requests.0.exactly.tolerations.0.effect`, "Explode"],
      [`${devices}.requests.1.firstAvailable.0.count`, 3],
      [`${devices}.constraints.0.requests`, ["r", "r", "none", "a/b/c", "f/none"]],
      [`${devices}.constraints.0.matchAttribute`, "nodomain"],
      [`${devices}.constraints.0.matchAttribute`, undefined],
      [`${devices}.constraints.0.matchAttribute`, "-/1x"],
      [`${devices}.config.0.requests`, ["x"]],
      [`${devices}.config.0.opaque`, undefined],
    ]),
    { name: "table", steps: [create(claims, claim), get(`${claims}/c`, asTable)] },
  ),
  ...of(
    "claim templates",
    damagedCreates(templates, { metadata: { name: "t" }, spec: { metadata: { labels: { a: "b" } }, spec } }, [
      ["spec", undefined],
      ["spec.metadata.labels", { "bad key": "bad value!" }],
      ["spec.metadata.annotations", { "bad key": "x" }],
      ["spec.spec.devices.requests.0.name", ""],
    ]),
  ),
];

export default sequences;
