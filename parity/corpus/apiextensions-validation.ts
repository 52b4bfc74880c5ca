import { asTable, damagedCreates, of } from "../damages.ts";
import { create, get, type Sequence } from "../sequences.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const services = "/apis/apiregistration.k8s.io/v1/apiservices";
const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        a: { type: "string" },
        l: {
          type: "array",
          items: { type: "object", required: ["k"], properties: { k: { type: "string" } } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
        },
        s: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        o: { type: "object", properties: { x: { type: "integer" } }, oneOf: [{ required: ["x"] }] },
      },
    },
    status: { type: "object", properties: { replicas: { type: "integer" } } },
  },
};
const definition = {
  metadata: { name: "widgets.u{u}.example.com" },
  spec: {
    group: "u{u}.example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
};
const service = {
  metadata: { name: "v1.u{u}.example.com" },
  spec: {
    group: "u{u}.example.com",
    version: "v1",
    groupPriorityMinimum: 100,
    versionPriority: 10,
    service: { namespace: "n", name: "s" },
  },
};
const version = "spec.versions.0";
const props = `${version}.schema.openAPIV3Schema.properties.spec.properties`;

const sequences: Sequence[] = [
  ...of(
    "definitions",
    damagedCreates(
      definitions,
      definition,
      [
        ["metadata.name", "other.example.com"],
        ["spec", undefined],
        ["spec.group", "nodots"],
        ["spec.group", "Bad_"],
        ["spec.scope", ""],
        ["spec.scope", "Planet"],
        ["spec.names", {}],
        ["spec.names.kind", "Bad_Kind"],
        ["spec.names.listKind", "Widget"],
        ["spec.names.shortNames", ["Bad"]],
        ["spec.names.categories", ["not/good"]],
        ["spec.preserveUnknownFields", true],
        [`${version}.name`, "V1"],
        [`${version}.storage`, false],
        [`${version}.schema`, undefined],
        [`${version}.schema`, {}],
        [`${version}.deprecationWarning`, "old"],
        [`${version}.subresources`, { scale: {} }],
        [`${version}.subresources`, { scale: { specReplicasPath: "spec.x", statusReplicasPath: ".spec.x", labelSelectorPath: ".x" } }],
        [`${version}.additionalPrinterColumns`, [{}, { name: "A", type: "text", format: "f", jsonPath: "spec" }]],
        [
          `${version}.selectableFields`,
          [{ jsonPath: ".spec.a" }, { jsonPath: ".spec.o" }, { jsonPath: ".spec.none" }, { jsonPath: "x" }, {}],
        ],
        [`${version}.schema.openAPIV3Schema.type`, undefined],
        [`${version}.schema.openAPIV3Schema.type`, "array"],
        [`${version}.schema.openAPIV3Schema.nullable`, true],
        [`${version}.schema.openAPIV3Schema.additionalProperties`, true],
        [`${version}.schema.openAPIV3Schema.properties.metadata`, { type: "object", properties: { labels: { type: "object" } } }],
        [`${version}.schema.openAPIV3Schema.properties.kind`, { type: "integer" }],
        [`${props}.a.type`, undefined],
        [`${props}.a.type`, "text"],
        [`${props}.a`, { type: "string", format: "phone" }],
        [`${props}.a.x-kubernetes-int-or-string`, true],
        [`${props}.a`, { "x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true }],
        [`${props}.a`, { type: "string", "x-kubernetes-embedded-resource": true }],
        [`${props}.a`, { type: "array" }],
        [`${props}.a`, { type: "string", anyOf: [{ type: "string" }, { title: "t", properties: { z: { nullable: true } } }] }],
        [`${props}.a`, { type: "string", $ref: "#/x" }],
        [`${props}.a`, { type: "array", items: [{ type: "string" }] }],
        [`${props}.a`, { type: "array", uniqueItems: true, items: { type: "string" } }],
        [`${props}.a.x-kubernetes-list-type`, "map"],
        [`${props}.a.x-kubernetes-map-type`, "granular"],
        [`${props}.o.x-kubernetes-map-type`, "fine"],
        [`${props}.o.additionalProperties`, { type: "string" }],
        [`${props}.o.oneOf.0`, { properties: { y: { minimum: 1 } } }],
        [`${props}.l.x-kubernetes-list-map-keys`, undefined],
        [`${props}.l.x-kubernetes-list-map-keys`, ["k", "k", "none"]],
        [`${props}.l.x-kubernetes-list-type`, "bag"],
        [`${props}.l.items.required`, undefined],
        [`${props}.l.items.nullable`, true],
        [`${props}.s.items`, { type: "object" }],
        [`${props}.a.x-kubernetes-preserve-unknown-fields`, false],
        ["spec.conversion", { strategy: "Magic" }],
        ["spec.conversion", { strategy: "Webhook" }],
        [
          "spec.conversion",
          {
            strategy: "Webhook",
            webhook: { conversionReviewVersions: ["v9", "v9"], clientConfig: { service: { name: "s", namespace: "n", path: "x" } } },
          },
        ],
        ["spec.conversion", { strategy: "None", webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://x" } } }],
        ["spec.versions.1", { name: "v2", served: true, storage: false, schema: { openAPIV3Schema: { type: "object" } } }],
      ],
      [
        [
          ["spec.versions.1", { name: "v2", served: true, storage: false, schema: { openAPIV3Schema: { type: "object" } } }],
          [`${props}.a.type`, "text"],
          ["spec.names.plural", "W"],
        ],
        [
          ["spec.group", "x.k8s.io"],
          ["metadata.name", "widgets.x.k8s.io"],
        ],
      ],
    ),
  ),
  ...of(
    "API services",
    damagedCreates(services, service, [
      ["metadata.name", "v1.other"],
      ["spec", undefined],
      ["spec.group", ""],
      ["spec.version", "V1"],
      ["spec.groupPriorityMinimum", 0],
      ["spec.groupPriorityMinimum", 20001],
      ["spec.versionPriority", 1001],
      ["spec.service", {}],
      ["spec.service.port", 70000],
      ["spec.service", undefined],
      ["spec.insecureSkipTLSVerify", true],
    ]),
    {
      name: "local ones",
      steps: [
        get(`${services}/v1.apps`, asTable),
        get(`${services}/v1.`, asTable),
        get(`${services}/v2.autoscaling`, { pick: (body) => (body as { spec: unknown }).spec }),
      ],
    },
    {
      name: "table",
      steps: [
        create(services, {
          ...service,
          metadata: { name: "v2.u{u}.example.com" },
          spec: { ...service.spec, version: "v2", service: undefined },
        }),
        get(`${services}/v2.u{u}.example.com`, asTable),
      ],
    },
  ),
];

export default sequences;
