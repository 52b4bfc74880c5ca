import { create, type Sequence } from "../sequences.ts";

/** What expressions over lists and maps made by others are estimated to cost: devices are selected within a limit, rules say by how much they exceed it. */
const selectors = [
  'device.attributes["a"].map(x, x).all(x, device.driver.contains(x))',
  'device.attributes["a"].map(x, "a").map(x, x + x).all(x, device.driver.contains(x))',
  "device.attributes.map(x, x).map(x, x + x + x).exists(z, z.contains(z))",
  'device.attributes["a"].map(x, x).all(a, device.attributes["a"].map(x, x).all(b, device.attributes["a"].map(x, x).all(c, a.contains(b))))',
  'device.attributes["a"].map(x, x).all(a, device.attributes["a"].map(x, x).all(b, a.contains(b)))',
  "device.attributes.map(x, device.attributes[x]).exists(z, z.contains(z))",
];

const rules = [
  "self.l.map(x, x + x).all(x, x.contains(x))",
  "self.l.map(x, x).map(x, x + x).all(x, x.contains(x))",
  "self.l.map(x, x + self.s).map(x, x + x).all(x, x.contains(x))",
  'self.l.map(x, self.s + "abc").map(x, x + x).exists(x, x.contains(x))',
  "(self.l + self.l).all(x, x.contains(x))",
  '(self.l.map(x, x) + ["abc"]).all(x, x.contains(x))',
  "self.l.filter(x, x.size() > 3).map(x, x + x).all(x, x.contains(x))",
  "self.l.map(x, [x, x + x]).all(x, x.all(y, y.contains(y)))",
  "self.m.map(k, self.m[k]).all(x, x.contains(x))",
  "self.m.transformList(k, v, k + v).all(x, x.contains(x))",
  "self.m.transformMap(k, v, k + v).all(x, x.contains(x))",
  "self.l.map(x, self.l.map(y, y + x)).all(a, a.all(b, b.contains(b)))",
  "self.l.map(x, x)[0].contains(self.l.map(x, x)[1])",
  "self.l.map(x, x + x)[0].contains(self.l[1])",
  "[self.s, self.s + self.s].all(x, x.contains(x))",
  'self.l.join(",").contains("a")',
  "self.l.map(x, x).sort().all(x, x.contains(x))",
  "self.l.map(x, x + x).distinct().all(x, x.contains(x))",
  "self.l.map(x, x + x).reverse().all(x, x.contains(x))",
  '"a" in self.l.map(x, x + x)',
];

const text = { type: "string", maxLength: 10000 };
const definition = (rule: string) => ({
  metadata: { name: "as.x-{u}.example.com" },
  spec: {
    group: "x-{u}.example.com",
    scope: "Namespaced",
    names: { plural: "as", kind: "A" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  s: { type: "string", maxLength: 20000 },
                  l: { type: "array", maxItems: 2000, items: text },
                  m: { type: "object", maxProperties: 2000, additionalProperties: text },
                },
                "x-kubernetes-validations": [{ rule }],
              },
            },
          },
        },
      },
    ],
  },
});

const sequences: Sequence[] = [
  ...selectors.map((expression) => ({
    name: expression,
    steps: [
      create("/apis/resource.k8s.io/v1/deviceclasses?dryRun=All", {
        metadata: { name: "class-{u}" },
        spec: { selectors: [{ cel: { expression } }] },
      }),
    ],
  })),
  ...rules.map((rule) => ({
    name: rule,
    steps: [create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All", definition(rule))],
  })),
];

export default sequences;
