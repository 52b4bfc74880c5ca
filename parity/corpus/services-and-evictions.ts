import { applied, json, life, merge, strategic, table } from "../lives.ts";
import { create, get, put, remove, type Sequence } from "../sequences.ts";

/** Services that become other types, and pods that are evicted while budgets change. */
const kindOf = {
  pick: (body: unknown) => (body as { message?: string; kind?: string }).message ?? (body as { kind?: string }).kind ?? null,
};
const svc = "/api/v1/namespaces/{ns}/services";
const S = (name: string, spec: object) => create(svc, { metadata: { name }, spec });
const p80 = [{ port: 80 }];
const pol = "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets";
const pods = "/api/v1/namespaces/{ns}/pods";
const pod = (name: string, labels: object = { a: "b" }) =>
  create(
    pods,
    { metadata: { name, labels }, spec: { automountServiceAccountToken: false, containers: [{ name: "c", image: "i" }] } },
    kindOf,
  );
const ev = (name: string, body: object = {}, q = "") =>
  create(`${pods}/${name}/eviction${q}`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: "{ns}" }, ...body });
const sequences: Sequence[] = [
  life(
    "services change type",
    S("a", { ports: p80, selector: { a: "b" } }),
    merge(`${svc}/a`, { spec: { type: "NodePort" } }),
    merge(`${svc}/a`, { spec: { type: "LoadBalancer", loadBalancerClass: "x.y/z" } }),
    merge(`${svc}/a`, { spec: { loadBalancerClass: "other" } }),
    merge(`${svc}/a`, { spec: { type: "ClusterIP" } }),
    merge(`${svc}/a`, { spec: { type: "ClusterIP", loadBalancerClass: null, allocateLoadBalancerNodePorts: null } }),
    merge(`${svc}/a`, { spec: { type: "ExternalName", externalName: "x.y" } }),
    merge(`${svc}/a`, { spec: { type: "ExternalName", externalName: "x.y", clusterIP: null, clusterIPs: null } }),
    merge(`${svc}/a`, { spec: { type: "ClusterIP", externalName: null } }),
    merge(`${svc}/a`, { spec: { clusterIP: "None", clusterIPs: ["None"] } }),
    merge(`${svc}/a`, { spec: { ports: null } }),
    merge(`${svc}/a`, { spec: { selector: null } }),
    table(svc),
    S("h", { clusterIP: "None" }),
    S("h2", { clusterIP: "None", type: "NodePort", ports: p80 }),
    S("h3", { clusterIP: "", ports: [] }),
    S("h4", { clusterIP: "10.97.0.1", ports: p80 }),
    S("h5", { clusterIP: "10.98.0.1", ports: p80 }),
    S("h6", { clusterIP: "abc", ports: p80 }),
    S("h7", { clusterIPs: ["10.97.9.9", "10.97.9.8"], ports: p80 }),
    S("h8", { ipFamilies: ["IPv6"], ports: p80 }),
    S("h9", { ipFamilyPolicy: "RequireDualStack", ports: p80 }),
    S("h10", { ipFamilyPolicy: "PreferDualStack", ports: p80 }),
    S("h11", { ipFamilies: ["IPv4", "IPv4"], ports: p80 }),
    S("h12", { ipFamilyPolicy: "X", ipFamilies: ["Y"], ports: p80 }),
    merge(`${svc}/h10`, { spec: { ipFamilyPolicy: "SingleStack" } }),
    merge(`${svc}/h10`, { spec: { ipFamilyPolicy: null, ipFamilies: null } }),
    merge(`${svc}/h10`, { spec: { ipFamilies: ["IPv6"] } }),
    merge(`${svc}/h10`, { spec: { ipFamilies: ["IPv4", "IPv6"] } }),
    merge(`${svc}/h10`, { spec: { clusterIP: "10.97.3.3" } }),
    merge(`${svc}/h10`, { spec: { clusterIP: "" } }),
    merge(`${svc}/h10`, { spec: { clusterIPs: [] } }),
    merge(`${svc}/h10`, { spec: { clusterIP: null, clusterIPs: null } }),
    S("n", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }),
    S("n", {
      type: "NodePort",
      ports: [
        { port: 80, nodePort: 31888 },
        { port: 81, name: "x", nodePort: 31888 },
      ],
    }),
    S("n", {
      type: "NodePort",
      ports: [
        { port: 80, name: "t", nodePort: 31888 },
        { port: 80, name: "u", protocol: "UDP", nodePort: 31888 },
      ],
    }),
    S("n2", { type: "NodePort", ports: [{ port: 80, nodePort: 31888 }] }),
    S("n3", { type: "NodePort", ports: [{ port: 80, nodePort: 31888, protocol: "SCTP" }] }),
    json(`${svc}/n`, [{ op: "remove", path: "/spec/ports/1" }]),
    json(`${svc}/n`, [{ op: "remove", path: "/spec/ports/0/nodePort" }]),
    strategic(`${svc}/n`, { spec: { ports: [{ port: 90, name: "v" }] } }),
    strategic(`${svc}/n`, { spec: { ports: [{ port: 80, $patch: "delete" }] } }),
    S("c", { ports: [{ port: 80, nodePort: 31889 }] }),
    S("c", {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      ports: [{ port: 80, nodePort: 31890 }],
      healthCheckNodePort: 31891,
    }),
    S("c", { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: p80, healthCheckNodePort: 31891 }),
    merge(`${svc}/c`, { spec: { externalTrafficPolicy: "Cluster" } }),
    merge(`${svc}/c`, { spec: { healthCheckNodePort: 31892 } }),
    merge(`${svc}/c`, { spec: { type: "NodePort" } }),
    merge(`${svc}/c`, { spec: { internalTrafficPolicy: null, sessionAffinity: "ClientIP" } }),
    merge(`${svc}/c`, { spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 90000 } } } }),
    merge(`${svc}/c`, { spec: { sessionAffinity: "None" } }),
    merge(`${svc}/c`, { spec: { sessionAffinity: "None", sessionAffinityConfig: null } }),
    merge(`${svc}/c`, { spec: { trafficDistribution: "PreferClose" } }),
    merge(`${svc}/c`, { spec: { trafficDistribution: "PreferSameNode" } }),
    merge(`${svc}/c`, { spec: { trafficDistribution: "x" } }),
    merge(`${svc}/c`, { spec: { trafficDistribution: "" } }),
    merge(`${svc}/c/status`, { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4", ipMode: "VIP" }, { hostname: "x" }] } } }),
    merge(`${svc}/c`, { spec: { type: "LoadBalancer" } }),
    merge(`${svc}/c/status`, { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4", ipMode: "VIP" }, { hostname: "x" }] } } }),
    merge(`${svc}/c/status`, {
      status: { loadBalancer: { ingress: [{ ip: "1.2.3.4", ipMode: "Foo" }, { ipMode: "VIP" }, { ip: "x", hostname: "_" }] } },
    }),
    table(`${svc}/c`),
    merge(`${svc}/c`, { spec: { type: "ClusterIP" } }),
    applied(
      `${svc}/c`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: c}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 31999}]}\n",
      "x",
    ),
    applied(
      `${svc}/c`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: c}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 31999}]}\n",
      "x",
      "&force=true",
    ),
    applied(`${svc}/c`, "apiVersion: v1\nkind: Service\nmetadata: {name: c}\nspec: {ports: [{port: 81}]}\n", "x"),
    remove(`${svc}?labelSelector=x%3Dy`),
    remove(svc),
  ),
  life(
    "evictions and budgets",
    pod("a"),
    pod("b"),
    ev("none"),
    ev("a", { metadata: { name: "b" } }),
    ev("a", {}, "?dryRun=All"),
    ev("a", { deleteOptions: { dryRun: ["All"] } }),
    create(pol, { metadata: { name: "p" }, spec: { minAvailable: 1, selector: { matchLabels: { a: "b" } } } }),
    ev("a"),
    put(`${pol}/p/status`, {
      metadata: { name: "p" },
      status: { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, observedGeneration: 1 },
    }),
    ev("a", { deleteOptions: { preconditions: { uid: "x" } } }),
    ev("a", { deleteOptions: { gracePeriodSeconds: 0 } }),
    get(`${pol}/p`),
    get(pods, {
      pick: (body: unknown) => (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name),
    }),
    ev("b"),
    create(pol, { metadata: { name: "q" }, spec: { maxUnavailable: "50%", selector: {} } }),
    ev("b"),
    table(pol),
    create(pol, { metadata: { name: "r" }, spec: { maxUnavailable: 1, minAvailable: 1 } }),
    create(pol, { metadata: { name: "r" }, spec: { maxUnavailable: "101%", unhealthyPodEvictionPolicy: "X" } }),
    create(pol, { metadata: { name: "r" } }),
    create(pol, { metadata: { name: "s" }, spec: { minAvailable: "x" } }),
    merge(`${pol}/p`, { spec: { minAvailable: null, maxUnavailable: 0 } }),
    merge(`${pol}/p`, { spec: { selector: null } }),
    merge(`${pol}/p`, { spec: { selector: { matchLabels: { c: "d" } } } }),
    merge(`${pol}/p/status`, { status: { disruptionsAllowed: -1 } }),
    merge(`${pol}/p/status`, {
      status: {
        disruptedPods: { Bad_: "2024-01-01T00:00:00Z" },
        currentHealthy: -1,
        conditions: [
          { type: "X", status: "True", reason: "a b", message: "", lastTransitionTime: "2024-01-01T00:00:00Z" },
          { type: "X", status: "maybe" },
        ],
      },
    }),
    applied(`${pol}/p`, "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p}\nspec: {minAvailable: 2}\n", "x"),
    applied(
      `${pol}/p`,
      "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p}\nspec: {selector: {matchLabels: {z: y}}}\n",
      "x",
      "&force=true",
    ),
    create(`${pods}/b/eviction`, { apiVersion: "policy/v1beta1", kind: "Eviction", metadata: { name: "b" } }),
    create(`${pods}/b/eviction`, {}),
    create(`${pods}/b/eviction`, { kind: "Pod", apiVersion: "v1", metadata: { name: "b" } }),
    get(`${pods}/b/eviction`),
    put(`${pods}/b/eviction`, {}),
  ),
];

export default sequences;
