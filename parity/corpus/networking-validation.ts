import { asTable, damagedCreates, damagedUpdates, of } from "../damages.ts";
import { create, get, put, remove, type Sequence } from "../sequences.ts";

const group = "/apis/networking.k8s.io/v1";
const ingresses = `${group}/namespaces/{ns}/ingresses`;
const policies = `${group}/namespaces/{ns}/networkpolicies`;
const classes = `${group}/ingressclasses`;
const ranges = `${group}/servicecidrs`;
const addresses = `${group}/ipaddresses`;
const backend = { service: { name: "s", port: { number: 80 } } };
const ingress = {
  metadata: { name: "web" },
  spec: {
    ingressClassName: "nginx",
    defaultBackend: backend,
    tls: [{ hosts: ["a.example.com", "*.b.example.com"], secretName: "sec" }],
    rules: [{ host: "a.example.com", http: { paths: [{ path: "/a", pathType: "Prefix", backend }] } }],
  },
};
const policy = {
  metadata: { name: "p" },
  spec: {
    podSelector: { matchLabels: { a: "b" } },
    ingress: [{ ports: [{ port: 80, endPort: 90 }], from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }] }],
    egress: [{ to: [{ podSelector: {} }] }],
  },
};
const ingressClass = {
  metadata: { name: "class-{u}" },
  spec: { controller: "example.com/ctl", parameters: { kind: "Params", name: "p", scope: "Namespace", namespace: "ns" } },
};
const range = { metadata: { name: "range-{u}" }, spec: { cidrs: ["10.50.0.0/24"] } };
const address = { metadata: { name: "10.44.7.1" }, spec: { parentRef: { group: "g.io", resource: "things", namespace: "n", name: "s" } } };
const path0 = "spec.rules.0.http.paths.0";

const sequences: Sequence[] = [
  ...of(
    "ingresses",
    damagedCreates(
      ingresses,
      ingress,
      [
        ["spec", {}],
        ["spec.ingressClassName", "Bad_Name"],
        ["spec.defaultBackend", {}],
        ["spec.defaultBackend.resource", { kind: "K", name: "n" }],
        ["spec.defaultBackend.service.name", ""],
        ["spec.defaultBackend.service.name", "1-relaxed"],
        ["spec.defaultBackend.service.port", {}],
        ["spec.defaultBackend.service.port.name", "http"],
        ["spec.defaultBackend.service.port.number", 70000],
        ["spec.defaultBackend", { resource: { apiGroup: "-", kind: "a/b", name: "" } }],
        ["spec.rules.0.host", "1.2.3.4"],
        ["spec.rules.0.host", "*"],
        ["spec.rules.0.host", "Upper.example.com"],
        ["spec.rules.0.http.paths", []],
        [`${path0}.pathType`, undefined],
        [`${path0}.pathType`, "Sometimes"],
        [`${path0}.path`, "relative"],
        [`${path0}.path`, "/a//b/../c%2f/.."],
        [`${path0}.backend`, {}],
        ["spec.tls.0.hosts.0", "bad host"],
        ["spec.tls.0.secretName", "Bad_Secret"],
        ["metadata.annotations", { "kubernetes.io/ingress.class": "other" }],
      ],
      [
        [
          ["spec.ingressClassName", undefined],
          ["metadata.annotations", { "kubernetes.io/ingress.class": "other" }],
        ],
        [
          ["spec.rules.0.host", "-"],
          [`${path0}.path`, ""],
          ["spec.tls.0.hosts.1", "*"],
        ],
      ],
    ),
  ),
  {
    name: "ingresses: status and table",
    steps: [
      create(ingresses, ingress),
      put(`${ingresses}/web/status`, {
        ...ingress,
        status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }, { hostname: "lb.example.com" }] } },
      }),
      put(`${ingresses}/web/status`, { ...ingress, status: { loadBalancer: { ingress: [{ ip: "010.0.0.1" }, { hostname: "1.2.3.4" }] } } }),
      get(`${ingresses}/web`, asTable),
      get(ingresses, asTable),
    ],
  },
  ...of(
    "network policies",
    damagedCreates(policies, policy, [
      ["spec", {}],
      ["spec.podSelector.matchLabels", { "bad key": "bad value!" }],
      ["spec.podSelector.matchExpressions", [{ key: "a", operator: "In" }]],
      ["spec.policyTypes", ["Other"]],
      ["spec.policyTypes", ["Ingress", "Egress", "Ingress"]],
      ["spec.ingress.0.ports.0.protocol", "ICMP"],
      ["spec.ingress.0.ports.0.port", 0],
      ["spec.ingress.0.ports.0.port", "http"],
      ["spec.ingress.0.ports.0.port", undefined],
      ["spec.ingress.0.ports.0.endPort", 79],
      ["spec.ingress.0.from.0", {}],
      ["spec.ingress.0.from.0.podSelector", {}],
      ["spec.ingress.0.from.0.ipBlock.cidr", ""],
      ["spec.ingress.0.from.0.ipBlock.cidr", "10.0.0.1/8"],
      ["spec.ingress.0.from.0.ipBlock.cidr", "::ffff:10.0.0.0/104"],
      ["spec.ingress.0.from.0.ipBlock.except.0", "11.0.0.0/16"],
      ["spec.ingress.0.from.0.ipBlock.except.0", "nonsense"],
    ]),
  ),
  ...of(
    "network policies",
    damagedUpdates(policies, policy, [
      ["spec.policyTypes", ["Egress"]],
      ["spec.podSelector", { matchLabels: { a: "!" } }],
    ]),
  ),
  ...of(
    "ingress classes",
    damagedCreates(classes, ingressClass, [
      ["spec", undefined],
      ["spec.controller", ""],
      ["spec.controller", "no-slash"],
      ["spec.controller", "Bad_Domain/path with space"],
      ["spec.controller", `example.com/${"a".repeat(250)}`],
      ["spec.parameters", {}],
      ["spec.parameters.apiGroup", "-"],
      ["spec.parameters.kind", "a/b"],
      ["spec.parameters.name", ".."],
      ["spec.parameters.scope", "Other"],
      ["spec.parameters.scope", "Cluster"],
      ["spec.parameters.namespace", undefined],
    ]),
  ),
  ...of(
    "ingress classes",
    damagedUpdates(classes, ingressClass, [
      ["spec.controller", "example.com/other"],
      ["spec.parameters", undefined],
    ]),
  ),
  { name: "ingress classes: table", steps: [create(classes, ingressClass), get(`${classes}/class-{u}`, asTable)] },
  ...of(
    "service ranges",
    damagedCreates(ranges, range, [
      ["spec", {}],
      ["spec.cidrs", ["10.0.0.0/24", "10.1.0.0/24"]],
      ["spec.cidrs", ["10.0.0.0/24", "fd00::/112"]],
      ["spec.cidrs", ["10.0.0.0/24", "fd00::/112", "10.1.0.0/24"]],
      ["spec.cidrs.0", "10.0.0.1/24"],
      ["spec.cidrs.0", "FD00::/112"],
      ["spec.cidrs.0", "x"],
    ]),
  ),
  ...of(
    "service ranges",
    damagedUpdates(ranges, range, [
      ["spec.cidrs.0", "10.51.0.0/24"],
      ["spec.cidrs.1", "fd00::/112"],
      ["spec.cidrs.1", "10.52.0.0/24"],
    ]),
  ),
  ...of(
    "addresses",
    damagedCreates(addresses, address, [
      ["metadata.name", "not-an-address"],
      ["metadata.name", "010.0.0.1"],
      ["metadata.name", "FD00::1"],
      ["spec", undefined],
      ["spec.parentRef", {}],
      ["spec.parentRef.group", "-"],
      ["spec.parentRef.resource", "a/b"],
      ["spec.parentRef.namespace", "a%b"],
      ["spec.parentRef.name", ""],
    ]),
  ),
  ...of("addresses", damagedUpdates(addresses, { ...address, metadata: { name: "10.44.7.2" } }, [["spec.parentRef.name", "other"]])),
  {
    name: "addresses of services",
    steps: [
      create("/api/v1/namespaces/{ns}/services", { metadata: { name: "s" }, spec: { clusterIP: "10.97.201.7", ports: [{ port: 80 }] } }),
      get(`${addresses}/10.97.201.7`, { pick: (body) => ({ ...(body as { spec: unknown }), metadata: undefined }) }),
      create("/api/v1/namespaces/{ns}/services", { metadata: { name: "t" }, spec: { clusterIP: "10.97.201.7", ports: [{ port: 80 }] } }),
      remove("/api/v1/namespaces/{ns}/services/s"),
      get(`${addresses}/10.97.201.7`),
    ],
  },
];

export default sequences;
