import { create, type Sequence } from "../sequences.ts";

const expressions = [
  'cel.bind(x, device.attributes["a"], x.b)',
  'cel.bind(x, device.attributes["a"], cel.bind(y, x.b, y == 2 && x.c))',
  "cel.bind(a.b, 1, true)",
  "cel.bind(x, 1, x)",
  "cel.bind(x, true)",
  'cel.bind(x, device.attributes["a"], y.b)',
  "cel.block([1], true)",
  'device.attributes["a"].all(x, device.attributes["b"].all(y, x == y))',
  'device.attributes["a"].all(x, device.attributes["b"].all(y, device.attributes["c"].all(z, x == y && y == z)))',
  'device.attributes["a"].all(x, device.attributes["b"].all(y, device.attributes["c"].all(z, x.contains(y) && y.contains(z))))',
  'device.attributes["a"].all(w, device.attributes["a"].all(x, device.attributes["a"].all(y, device.attributes["a"].all(z, x == y))))',
  "device.attributes.all(k, device.attributes.all(l, device.attributes[k].all(m, device.attributes[l].all(n, m == n))))",
  "device.attributes.all(k, device.attributes[k].all(m, device.attributes[k][m] == m))",
  "device.capacity.all(k, device.capacity.all(l, device.capacity[k].all(m, device.capacity[l].all(n, m == n))))",
  'device.capacity.all(k, device.capacity[k].all(m, device.capacity[k][m].isGreaterThan(quantity("1"))))',
  'device.driver.matches("a.*b") && device.attributes["a"].b.matches(device.driver)',
  'cel.bind(d, device.attributes["a"], d.all(x, d.all(y, d.all(z, d.x.matches(d.y) && x == y && y.contains(z)))))',
  'device.attributes["a"].map(x, x).map(x, x + x).all(x, device.driver.contains(x))',
  '[1, 2, 3].all(x, [1, 2, 3].all(y, device.attributes["a"].b.matches(device.attributes["c"].d)))',
];

const sequences: Sequence[] = expressions.map((expression) => ({
  name: expression,
  steps: [
    create("/apis/resource.k8s.io/v1/deviceclasses?dryRun=All", {
      metadata: { name: "class-{u}" },
      spec: { selectors: [{ cel: { expression } }] },
    }),
  ],
}));

export default sequences;
