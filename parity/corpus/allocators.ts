import { changed, create, get, patch, put, remove, type Sequence } from "../sequences.ts";

const services = "/api/v1/namespaces/{ns}/services";
const service = (name: string, spec: object = {}, port: object = {}) => ({
  metadata: { name },
  spec: { ports: [{ port: 80, ...port }], ...spec },
});

const sequences: Sequence[] = [
  {
    name: "cluster addresses",
    alone: true,
    steps: [
      create(services, service("a")),
      create(services, service("b", { clusterIP: "10.97.0.77" })),
      create(services, service("c", { clusterIP: "10.97.0.77" })),
      create(services, service("d", { clusterIP: "10.98.0.1" })),
      create(services, service("e", { clusterIP: "None" })),
      create(services, service("f", { clusterIP: "nonsense" })),
      create(services, service("g", { clusterIP: "10.97.0.1" })),
      create(services, service("h", { clusterIP: "10.97.0.0" })),
      create(services, service("i", { clusterIP: "10.97.255.255" })),
      create(services, service("j", { clusterIP: "fd00::1" })),
      create(services, service("k", { clusterIP: "" })),
      create(services, service("l", { clusterIPs: ["10.97.0.78"] })),
      create(services, service("m", { clusterIP: "10.97.0.79", clusterIPs: ["10.97.0.80"] })),
      create(services, service("n", { clusterIPs: ["10.97.0.81", "10.97.0.82"] })),
      create(services, service("o", { ipFamilies: ["IPv6"] })),
      create(services, service("p", { ipFamilyPolicy: "RequireDualStack" })),
      create(services, service("q", { ipFamilyPolicy: "PreferDualStack" })),
      create(services, service("r", { ipFamilies: ["IPv4", "IPv4"] })),
      create(services, service("s", { type: "ExternalName", externalName: "example.com" })),
      create(services, service("t", { type: "ExternalName", externalName: "example.com", clusterIP: "10.97.0.83" })),
      create(`${services}?dryRun=All`, service("u", { clusterIP: "10.97.0.84" })),
      create(services, service("u", { clusterIP: "10.97.0.84" })),
      remove(`${services}/b`),
      create(services, service("c", { clusterIP: "10.97.0.77" })),
      get("/apis/networking.k8s.io/v1/ipaddresses/10.97.0.77"),
      patch("merge", `${services}/a`, { spec: { clusterIP: "10.97.0.85" } }),
      patch("merge", `${services}/a`, { spec: { clusterIP: "" } }),
      patch("merge", `${services}/a`, { spec: { clusterIP: null, clusterIPs: null } }),
      patch("merge", `${services}/a`, { spec: { type: "ExternalName", externalName: "example.com", clusterIP: "", clusterIPs: null } }),
      patch("merge", `${services}/a`, { spec: { type: "ClusterIP", externalName: null } }),
      patch("merge", `${services}/e`, { spec: { clusterIP: "10.97.0.86" } }),
      get("/apis/networking.k8s.io/v1/servicecidrs/kubernetes"),
    ],
  },
  {
    name: "node ports",
    alone: true,
    steps: [
      create(services, service("a", { type: "NodePort" })),
      create(services, service("b", { type: "NodePort" }, { nodePort: 30007 })),
      create(services, service("c", { type: "NodePort" }, { nodePort: 30007 })),
      create(services, service("c", { type: "NodePort" }, { nodePort: 30007, protocol: "UDP" })),
      create(services, service("d", { type: "NodePort" }, { nodePort: 80 })),
      create(services, service("e", { type: "NodePort" }, { nodePort: 29999 })),
      create(services, service("f", { type: "NodePort" }, { nodePort: 70000 })),
      create(services, service("g", { type: "ClusterIP" }, { nodePort: 30008 })),
      create(services, {
        metadata: { name: "h" },
        spec: {
          type: "NodePort",
          ports: [
            { name: "x", port: 80, nodePort: 30009 },
            { name: "y", port: 81, nodePort: 30009 },
          ],
        },
      }),
      create(services, {
        metadata: { name: "i" },
        spec: {
          type: "NodePort",
          ports: [
            { name: "x", port: 80, nodePort: 30010 },
            { name: "y", port: 80, protocol: "UDP", nodePort: 30010 },
          ],
        },
      }),
      create(services, service("j", { type: "LoadBalancer" })),
      create(services, service("k", { type: "LoadBalancer", allocateLoadBalancerNodePorts: false })),
      create(services, service("l", { type: "LoadBalancer", externalTrafficPolicy: "Local" })),
      create(services, service("m", { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 30011 })),
      create(services, service("n", { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 30007 })),
      create(services, service("o", { type: "NodePort", healthCheckNodePort: 30012 })),
      patch("merge", `${services}/a`, { spec: { type: "ClusterIP" } }),
      patch("merge", `${services}/b`, { spec: { type: "ClusterIP" } }),
      patch("merge", `${services}/b`, { spec: { type: "ClusterIP", ports: [{ port: 80 }] } }),
      create(services, service("p", { type: "NodePort" }, { nodePort: 30007 })),
      (answers) =>
        put(
          `${services}/p`,
          changed(answers, -1, (body) => Object.assign(body.spec.ports[0], { nodePort: 30013 })),
        ),
      patch("strategic", `${services}/p`, { spec: { ports: [{ port: 81, name: "second" }] } }),
      patch("json", `${services}/p`, [{ op: "add", path: "/spec/ports/-", value: { port: 82, name: "third", nodePort: 30010 } }]),
      patch("merge", `${services}/l`, { spec: { externalTrafficPolicy: "Cluster" } }),
      patch("merge", `${services}/l`, { spec: { externalTrafficPolicy: "Local" } }),
      patch("merge", `${services}/k`, { spec: { allocateLoadBalancerNodePorts: true } }),
      remove(`${services}/p`),
      create(`${services}?dryRun=All`, service("q", { type: "NodePort" }, { nodePort: 30007 })),
      create(services, service("q", { type: "NodePort" }, { nodePort: 30007 })),
    ],
  },
  {
    name: "node ports that are shared or named twice",
    alone: true,
    steps: [
      ...[
        [
          { port: 80, nodePort: 31212 },
          { port: 81, nodePort: 31212 },
        ],
        [
          { port: 80, nodePort: 31213 },
          { port: 81, nodePort: 31213, protocol: "UDP" },
        ],
        [
          { port: 80, nodePort: 31214 },
          { port: 80, protocol: "UDP" },
        ],
        [{ port: 80 }, { port: 80, protocol: "UDP", nodePort: 31215 }],
        [
          { port: 80, nodePort: 31216 },
          { port: 80, protocol: "UDP", nodePort: 31217 },
        ],
        [{ port: 80 }, { port: 80 }],
        [
          { port: 80, nodePort: 31218 },
          { port: 80, nodePort: 31218 },
        ],
        [{ port: 80, nodePort: 80 }, { port: 81 }],
      ].flatMap((ports) => {
        const spec = { type: "NodePort", ports: ports.map((port, index) => ({ name: `p${index}`, ...port })) };
        // The node port told of, where none is given, is one by chance.
        const queries = ports.some(({ nodePort }) => nodePort) ? ["?dryRun=All", ""] : ["?dryRun=All"];
        return queries.map((query) => create(`${services}${query}`, { metadata: { name: `s${JSON.stringify(ports).length}` }, spec }));
      }),
      create(services, service("a", { type: "NodePort" }, { nodePort: 31220 })),
      ...[
        [
          { port: 80, nodePort: 31220 },
          { port: 81, nodePort: 31220 },
        ],
        [
          { port: 80, nodePort: 31220 },
          { port: 81, nodePort: 31220, protocol: "UDP" },
        ],
        [
          { port: 80, nodePort: 31221 },
          { port: 81, nodePort: 31221 },
        ],
        [{ port: 80, nodePort: 31214 }],
        [{ port: 80, nodePort: 70000 }],
      ].map((ports) => patch("merge", `${services}/a`, { spec: { ports: ports.map((port, index) => ({ name: `p${index}`, ...port })) } })),
    ],
  },
  {
    name: "node ports of ports without names",
    steps: [
      create(services, service("n", { type: "NodePort" }, { nodePort: 31231 })),
      ...[
        [{ port: 80 }, { port: 81 }],
        [{ port: 80 }, { port: 81, protocol: "UDP" }],
        [
          { name: "a", port: 80 },
          { name: "b", port: 81, nodePort: 31231 },
        ],
      ].map((ports) => patch("merge", `${services}/n`, { spec: { ports } })),
    ],
  },
];

export default sequences;
