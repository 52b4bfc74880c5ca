import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, put, remove, type Sequence } from "../sequences.ts";

/** Services, ingresses, policies, slices: whole manifests as documents of other projects have them, and their lives. */
const core = "/api/v1/namespaces/{ns}";
const net = "/apis/networking.k8s.io/v1";
const services = `${core}/services`;
const endpoints = `${core}/endpoints`;
const slices = "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices";
const ingresses = `${net}/namespaces/{ns}/ingresses`;
const policies = `${net}/namespaces/{ns}/networkpolicies`;
const classes = `${net}/ingressclasses`;

const balancer = `
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations: {service.beta.kubernetes.io/aws-load-balancer-type: nlb}
spec:
  type: LoadBalancer
  selector: {app: web}
  loadBalancerIP: 203.0.113.10
  loadBalancerClass: example.com/nlb
  loadBalancerSourceRanges: [10.0.0.0/8, "192.168.0.0/16"]
  externalTrafficPolicy: Local
  internalTrafficPolicy: Local
  sessionAffinity: ClientIP
  sessionAffinityConfig: {clientIP: {timeoutSeconds: 600}}
  externalIPs: [198.51.100.32]
  publishNotReadyAddresses: true
  trafficDistribution: PreferSameZone
  ports:
  - {name: http, port: 80, targetPort: http-web, appProtocol: kubernetes.io/h2c}
  - {name: https, port: 443, targetPort: 8443, appProtocol: https}
  - {name: dns, port: 53, protocol: UDP}
`;

const minimal = (type: string) => ({ metadata: { name: "s" }, spec: { type, selector: { a: "b" }, ports: [{ port: 80 }] } });

const fanout = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: fanout
  annotations: {nginx.ingress.kubernetes.io/rewrite-target: /$1, kubernetes.io/ingress.class: nginx}
spec:
  tls:
  - {hosts: [foo.bar.com, "*.foo.com"], secretName: testsecret-tls}
  defaultBackend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: static-assets}}
  rules:
  - host: foo.bar.com
    http:
      paths:
      - {path: /foo, pathType: Prefix, backend: {service: {name: service1, port: {number: 4200}}}}
      - {path: /bar, pathType: Exact, backend: {service: {name: service2, port: {name: http}}}}
  - host: "*.foo.com"
    http:
      paths:
      - {pathType: ImplementationSpecific, backend: {service: {name: service2, port: {number: 80}}}}
`;

const policy = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: test-network-policy}
spec:
  podSelector: {matchLabels: {role: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
    - namespaceSelector: {matchLabels: {project: myproject}}
    - {namespaceSelector: {matchExpressions: [{key: a, operator: Exists}]}, podSelector: {matchLabels: {role: frontend}}}
    ports: [{protocol: TCP, port: 6379}]
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/24}}]
    ports: [{port: 32000, endPort: 32768}, {protocol: SCTP, port: named}]
  - {}
`;

const slice = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: example-abc, labels: {kubernetes.io/service-name: example, endpointslice.kubernetes.io/managed-by: me.example.com}}
addressType: IPv4
ports:
- {name: http, protocol: TCP, port: 80, appProtocol: http}
- {name: ""}
endpoints:
- addresses: ["10.1.2.3"]
  conditions: {ready: true, serving: true, terminating: false}
  hostname: pod-1
  nodeName: node-1
  zone: us-west2-a
  hints: {forZones: [{name: us-west2-a}], forNodes: [{name: node-1}]}
  targetRef: {kind: Pod, name: pod-1, namespace: default, uid: 1-2-3}
- addresses: ["10.1.2.4"]
`;

const old = `
apiVersion: v1
kind: Endpoints
metadata: {name: external-db, labels: {x: z}}
subsets:
- addresses:
  - {ip: 192.0.2.42, hostname: a, nodeName: n1, targetRef: {kind: Pod, name: p, uid: u}}
  - {ip: 192.0.2.40}
  notReadyAddresses: [{ip: 192.0.2.41}]
  ports: [{name: db, port: 5432, appProtocol: example.com/pg}, {name: admin, port: 9, protocol: UDP}]
- addresses: [{ip: 192.0.2.50}]
  ports: [{name: db, port: 5432}]
- addresses: [{ip: 192.0.2.51}]
  ports: [{name: db, port: 5432}]
`;

const sequences: Sequence[] = [
  life(
    "service: a balancer with all fields",
    manifest(services, balancer),
    table(`${services}/web`),
    merge(`${services}/web/status`, {
      status: {
        loadBalancer: {
          ingress: [{ ip: "203.0.113.10", ipMode: "VIP", ports: [{ port: 80, protocol: "TCP" }] }, { hostname: "lb.example.com" }],
        },
      },
    }),
    table(`${services}/web`),
    merge(`${services}/web/status`, {
      status: {
        loadBalancer: {
          ingress: [
            { ip: "x" },
            { ip: "1.2.3.4", ipMode: "Any", ports: [{ port: 0, protocol: "x", error: "bad error" }] },
            { hostname: "1.2.3.4", ipMode: "Proxy" },
          ],
        },
      },
    }),
    merge(`${services}/web/status`, {
      status: { conditions: [{ type: "Ready", status: "True", reason: "ok", lastTransitionTime: "2024-01-01T00:00:00Z", message: "" }] },
    }),
    merge(`${services}/web/status`, { status: { conditions: [{ type: "a b", status: "X", reason: "", observedGeneration: -1 }] } }),
    merge(`${services}/web`, { spec: { loadBalancerClass: "example.com/other" } }),
    merge(`${services}/web`, { spec: { loadBalancerClass: null } }),
    merge(`${services}/web`, { spec: { externalTrafficPolicy: "Cluster" } }),
    merge(`${services}/web`, { spec: { allocateLoadBalancerNodePorts: false } }),
    edit(`${services}/web`, ({ spec }) => {
      for (const port of spec.ports) delete port.nodePort;
    }),
    merge(`${services}/web`, { spec: { sessionAffinity: "None" } }),
    merge(`${services}/web`, { spec: { sessionAffinity: "None", sessionAffinityConfig: null } }),
    merge(`${services}/web`, { spec: { type: "ClusterIP" } }),
    merge(`${services}/web`, { spec: { type: "ClusterIP", loadBalancerSourceRanges: null, loadBalancerIP: null } }),
    get(`${services}/web`),
    remove(`${services}/web`),
  ),
  life(
    "service: a balancer with faults",
    manifest(
      services,
      balancer
        .replace("externalTrafficPolicy: Local", "externalTrafficPolicy: Nearby")
        .replace("internalTrafficPolicy: Local", "internalTrafficPolicy: All"),
    ),
    manifest(services, balancer.replace("10.0.0.0/8", "10.0.0.0/40").replace("timeoutSeconds: 600", "timeoutSeconds: 86401")),
    manifest(
      services,
      balancer.replace("198.51.100.32", "0.0.0.0").replace("PreferSameZone", "PreferFar").replace("example.com/nlb", "nlb"),
    ),
    manifest(
      services,
      balancer.replace("name: https, port: 443", "name: http, port: 80").replace("appProtocol: https", "appProtocol: h_t"),
    ),
    manifest(
      services,
      balancer.replace("targetPort: http-web", "targetPort: http_web_is_too_long").replace("protocol: UDP", "protocol: ICMP"),
    ),
    manifest(services, balancer.replace("name: dns, port: 53", "port: 70000")),
    manifest(services, balancer.replace("type: LoadBalancer", "type: ClusterIP")),
    manifest(services, balancer.replace("type: LoadBalancer", "type: NodePort")),
    manifest(services, balancer.replace("type: LoadBalancer", "type: ExternalName")),
    manifest(services, balancer.replace("type: LoadBalancer", "type: ExternalName\n  externalName: My.Host_")),
    manifest(services, balancer.replace("sessionAffinity: ClientIP", "sessionAffinity: Cookie")),
    manifest(services, balancer.replace("sessionAffinity: ClientIP", "")),
    manifest(services, balancer.replace("selector: {app: web}", "selector: {'-app': 'w/eb'}\n  clusterIP: None")),
    manifest(services, balancer.replace("name: web", "name: 1web.")),
  ),
  ...["ClusterIP", "NodePort", "LoadBalancer"].map((type) =>
    life(
      `service: from ${type} to every other type`,
      create(services, minimal(type)),
      ...["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"].flatMap((next) => [
        merge(`${services}/s?dryRun=All`, { spec: { type: next } }),
        edit(`${services}/s`, ({ spec }) => {
          spec.type = next;
          if (next === "ExternalName") {
            spec.externalName = "example.com";
            delete spec.clusterIP;
            delete spec.clusterIPs;
          }
        }),
        get(`${services}/s`),
      ]),
      merge(`${services}/s`, { spec: { type, externalName: null } }),
      merge(`${services}/s`, { spec: { clusterIP: "None", clusterIPs: ["None"] } }),
      merge(`${services}/s`, { spec: { clusterIP: null, clusterIPs: null, ports: null } }),
      table(services),
    ),
  ),
  life(
    "service: external names",
    create(services, { metadata: { name: "x" }, spec: { type: "ExternalName", externalName: "my.database.example.com" } }),
    table(`${services}/x`),
    create(services, { metadata: { name: "y" }, spec: { type: "ExternalName" } }),
    create(services, {
      metadata: { name: "y" },
      spec: {
        type: "ExternalName",
        externalName: "a.b.",
        clusterIP: "10.97.9.9",
        ports: [{ port: 80 }],
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
      },
    }),
    create(services, {
      metadata: { name: "z" },
      spec: { type: "ExternalName", externalName: "a.b.", ports: [{ port: 80, nodePort: 30555 }], selector: { a: "b" } },
    }),
    merge(`${services}/x`, { spec: { externalName: "192.0.2.1" } }),
    merge(`${services}/x`, { spec: { externalName: "" } }),
    merge(`${services}/x`, { spec: { type: "ClusterIP" } }),
    merge(`${services}/x`, { spec: { type: "ClusterIP", ports: [{ port: 1 }] } }),
    merge(`${services}/x`, { spec: { externalName: null, clusterIP: "None" } }),
    get(`${services}/x`),
  ),
  life(
    "service: headless ones",
    create(services, { metadata: { name: "h" }, spec: { clusterIP: "None" } }),
    create(services, { metadata: { name: "hs" }, spec: { clusterIP: "None", selector: { a: "b" } } }),
    create(services, { metadata: { name: "hn" }, spec: { clusterIP: "None", type: "NodePort", ports: [{ port: 1 }] } }),
    create(services, { metadata: { name: "hd" }, spec: { clusterIP: "None", ipFamilyPolicy: "RequireDualStack", ports: [{ port: 1 }] } }),
    create(services, { metadata: { name: "h6" }, spec: { clusterIP: "None", ipFamilies: ["IPv6"], ports: [{ port: 1 }] } }),
    create(services, {
      metadata: { name: "hp" },
      spec: {
        clusterIP: "None",
        ports: [
          { port: 1, targetPort: 2 },
          { port: 3, name: "b" },
        ],
      },
    }),
    table(services),
    merge(`${services}/h`, { spec: { ipFamilyPolicy: "PreferDualStack" } }),
    merge(`${services}/h`, { spec: { ipFamilies: ["IPv6", "IPv4"] } }),
    merge(`${services}/hs`, { spec: { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" } }),
    merge(`${services}/hs`, { spec: { selector: null } }),
    merge(`${services}/hs`, { spec: { clusterIP: "10.97.33.7" } }),
    merge(`${services}/hs`, { spec: { clusterIPs: ["None", "None"] } }),
    get(`${services}/hs`),
    get(`${services}?fieldSelector=spec.clusterIP=None,metadata.name!=h`),
    get(`${services}?fieldSelector=spec.type=ClusterIP`, { pick: (body) => (body as { items: unknown[] }).items.length }),
  ),
  life(
    "service: dual stack asked of a server with one",
    ...["SingleStack", "PreferDualStack", "RequireDualStack"].flatMap((ipFamilyPolicy) =>
      [undefined, ["IPv4"], ["IPv6"], ["IPv4", "IPv6"], ["IPv4", "IPv4"]].map((ipFamilies) =>
        create(`${services}?dryRun=All`, {
          metadata: { name: "d" },
          spec: { ipFamilyPolicy, ...(ipFamilies ? { ipFamilies } : {}), ports: [{ port: 1 }] },
        }),
      ),
    ),
    create(`${services}?dryRun=All`, { metadata: { name: "d" }, spec: { clusterIPs: ["10.97.77.1", "fd00::1"], ports: [{ port: 1 }] } }),
    create(`${services}?dryRun=All`, {
      metadata: { name: "d" },
      spec: { clusterIP: "10.97.77.1", clusterIPs: ["10.97.77.2"], ports: [{ port: 1 }] },
    }),
    create(`${services}?dryRun=All`, {
      metadata: { name: "d" },
      spec: { clusterIP: "10.97.77.1", clusterIPs: ["10.97.77.1", "10.97.77.2", "fd00::1"], ports: [{ port: 1 }] },
    }),
    create(`${services}?dryRun=All`, { metadata: { name: "d" }, spec: { clusterIP: "010.97.77.1", ports: [{ port: 1 }] } }),
    create(`${services}?dryRun=All`, { metadata: { name: "d" }, spec: { clusterIP: "172.16.0.1", ports: [{ port: 1 }] } }),
  ),
  life(
    "service: applied, patched, in parts",
    applied(`${services}/web`, balancer, "helm"),
    applied(`${services}/web`, balancer.replace("targetPort: 8443", "targetPort: 9443"), "kustomize"),
    applied(`${services}/web`, balancer.replace("  - {name: dns, port: 53, protocol: UDP}\n", ""), "helm"),
    strategic(`${services}/web`, { spec: { ports: [{ port: 443, targetPort: 1 }] } }),
    strategic(`${services}/web`, { spec: { ports: [{ port: 443, $patch: "delete" }, { port: 8080 }] } }),
    strategic(`${services}/web`, {
      spec: {
        ports: [
          { port: 443, $patch: "delete" },
          { port: 8080, name: "alt" },
        ],
      },
    }),
    json(`${services}/web`, [{ op: "add", path: "/spec/ports/1", value: { port: 8080, name: "alt2", protocol: "UDP" } }]),
    json(`${services}/web`, [{ op: "remove", path: "/spec/clusterIP" }]),
    json(`${services}/web`, [
      { op: "remove", path: "/spec/clusterIP" },
      { op: "remove", path: "/spec/clusterIPs" },
    ]),
    json(`${services}/web`, [{ op: "replace", path: "/spec/healthCheckNodePort", value: 31999 }]),
    merge(`${services}/web`, { spec: { selector: { app: null } } }),
    applied(
      `${services}/web/status`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nstatus: {loadBalancer: {ingress: [{ip: 203.0.113.11}]}}",
      "lb",
    ),
    get(`${services}/web`),
    put(`${services}/web`, { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } }),
    get(`${services}/web`),
  ),
  life(
    "endpoints",
    manifest(endpoints, old),
    table(`${endpoints}/external-db`),
    edit(`${endpoints}/external-db`, ({ subsets }) => (subsets[0].addresses[0].nodeName = "n2")),
    edit(`${endpoints}/external-db`, ({ subsets }) => (subsets[0].ports[0].name = "")),
    edit(`${endpoints}/external-db`, ({ subsets }) => (subsets[0].addresses[0].ip = "224.0.0.1")),
    edit(
      `${endpoints}/external-db`,
      ({ subsets }) =>
        (subsets[0].ports = [
          { port: 1, name: "a" },
          { port: 2, name: "a" },
        ]),
    ),
    edit(`${endpoints}/external-db`, (object) => delete object.subsets),
    table(endpoints),
    applied(`${endpoints}/external-db`, old, "m"),
    get(`${endpoints}/external-db`),
    remove(`${endpoints}/external-db`),
  ),
  life(
    "endpoint slices",
    manifest(slices, slice),
    table(`${slices}/example-abc`),
    edit(`${slices}/example-abc`, (object) => (object.addressType = "IPv6")),
    edit(`${slices}/example-abc`, (object) => (object.addressType = "FQDN")),
    edit(`${slices}/example-abc`, ({ endpoints }) => (endpoints[1].addresses = [])),
    edit(`${slices}/example-abc`, ({ endpoints }) => (endpoints[1].addresses = ["10.0.0.1", "127.0.0.1", "fe80::1", "x"])),
    edit(`${slices}/example-abc`, ({ endpoints }) =>
      Object.assign(endpoints[0], {
        hostname: "A.b",
        nodeName: "b_d",
        hints: { forZones: Array.from({ length: 9 }, () => ({ name: "z" })) },
      }),
    ),
    edit(`${slices}/example-abc`, ({ endpoints }) =>
      Object.assign(endpoints[0], { zone: null, hints: { forNodes: Array.from({ length: 9 }, (_, i) => ({ name: `n_${i}` })) } }),
    ),
    edit(
      `${slices}/example-abc`,
      ({ endpoints }) => (endpoints[0].deprecatedTopology = { "topology.kubernetes.io/zone": "a", "bad key": "b" }),
    ),
    edit(
      `${slices}/example-abc`,
      (object) =>
        (object.ports = [
          { name: "a", port: 1 },
          { name: "a", port: 70000, protocol: "X", appProtocol: "-" },
        ]),
    ),
    edit(`${slices}/example-abc`, (object) => (object.ports = null)),
    edit(`${slices}/example-abc`, (object) => (object.endpoints = null)),
    table(slices),
    manifest(slices, slice.replace("IPv4", "FQDN").replaceAll("10.1.2.", "a.example.com.")),
    manifest(slices, slice.replace("IPv4", "")),
    manifest(slices, slice.replace("IPv4", "IPv6").replace("example-abc", "six").replaceAll("10.1.2.", "2001:db8::")),
    applied(`${slices}/example-abc`, slice, "m"),
    get(`${slices}?labelSelector=kubernetes.io/service-name=example`),
  ),
  life(
    "ingress: a fanout's life",
    manifest(ingresses, fanout),
    manifest(ingresses, fanout.replace("kubernetes.io/ingress.class: nginx", "").replace("spec:", "spec:\n  ingressClassName: nginx")),
    table(`${ingresses}/fanout`),
    merge(`${ingresses}/fanout`, { spec: { ingressClassName: "other" } }),
    merge(`${ingresses}/fanout`, { metadata: { annotations: { "kubernetes.io/ingress.class": "nginx" } } }),
    merge(`${ingresses}/fanout`, { spec: { defaultBackend: null, rules: null } }),
    merge(`${ingresses}/fanout`, { spec: { tls: [{ hosts: ["*.*.com", "a_b"], secretName: "A" }, {}] } }),
    edit(`${ingresses}/fanout`, ({ spec }) => (spec.rules[0].host = "1.2.3.4")),
    edit(`${ingresses}/fanout`, ({ spec }) => (spec.rules[1].host = "foo.*.com")),
    edit(`${ingresses}/fanout`, ({ spec }) => Object.assign(spec.rules[0].http.paths[0], { path: "foo", pathType: "Prefix" })),
    edit(`${ingresses}/fanout`, ({ spec }) => Object.assign(spec.rules[0].http.paths[0], { path: "/foo//bar/../%2f", pathType: "Exact" })),
    edit(`${ingresses}/fanout`, ({ spec }) =>
      Object.assign(spec.rules[0].http.paths[0], {
        pathType: "Regex",
        backend: { service: { name: "S", port: { number: 1, name: "x" } } },
      }),
    ),
    edit(`${ingresses}/fanout`, ({ spec }) => Object.assign(spec.rules[0].http.paths[0], { pathType: null, backend: {} })),
    edit(`${ingresses}/fanout`, ({ spec }) => (spec.rules[0].http.paths = [])),
    edit(`${ingresses}/fanout`, ({ spec }) => Object.assign(spec.rules[0].http.paths[1].backend, { resource: { kind: "K", name: "n" } })),
    merge(`${ingresses}/fanout/status`, {
      status: { loadBalancer: { ingress: [{ ip: "10.0.0.1", ports: [{ port: 80, protocol: "TCP", error: "a.b/c" }] }] } },
    }),
    merge(`${ingresses}/fanout/status`, {
      status: { loadBalancer: { ingress: [{ ip: "10.0.0", hostname: "1.1.1.1", ports: [{ port: -1, protocol: "x" }] }] } },
    }),
    table(ingresses),
    applied(`${ingresses}/fanout`, fanout.replace(", kubernetes.io/ingress.class: nginx", ""), "m", "&force=true"),
    remove(`${ingresses}/fanout`),
  ),
  life(
    "ingress classes",
    create(classes, {
      metadata: { name: "external-lb-{u}", annotations: { "ingressclass.kubernetes.io/is-default-class": "maybe" } },
      spec: {
        controller: "example.com/ingress-controller",
        parameters: { apiGroup: "k8s.example.com", kind: "IngressParameters", name: "external-lb" },
      },
    }),
    table(`${classes}/external-lb-{u}`),
    merge(`${classes}/external-lb-{u}`, { spec: { controller: "example.com/other" } }),
    merge(`${classes}/external-lb-{u}`, { spec: { parameters: { scope: "Namespace" } } }),
    merge(`${classes}/external-lb-{u}`, { spec: { parameters: { scope: "Namespace", namespace: "x" } } }),
    merge(`${classes}/external-lb-{u}`, { spec: { parameters: { scope: "Cluster", namespace: "x" } } }),
    merge(`${classes}/external-lb-{u}`, { spec: { parameters: null } }),
    merge(`${classes}/external-lb-{u}`, { spec: { controller: null } }),
    create(classes, { metadata: { name: "b-{u}" }, spec: { controller: "x", parameters: { scope: "All" } } }),
    create(classes, { metadata: { name: "b-{u}" } }),
    create(classes, { metadata: { name: "b-{u}" }, spec: { controller: `${"a".repeat(250)}.b/c` } }),
    applied(
      `${classes}/c-{u}`,
      "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: 'c-{u}'}\nspec: {controller: a.b/c}",
      "m",
    ),
    applied(
      `${classes}/c-{u}`,
      "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: 'c-{u}'}\nspec: {parameters: {kind: a, name: b}}",
      "m",
    ),
  ),
  life(
    "network policy",
    manifest(policies, policy),
    table(`${policies}/test-network-policy`),
    edit(`${policies}/test-network-policy`, ({ spec }) => (spec.ingress[0].from[0].podSelector = {})),
    edit(
      `${policies}/test-network-policy`,
      ({ spec }) => (spec.ingress[0].from[0].ipBlock = { cidr: "172.17.0.0", except: ["10.0.0.0/8"] }),
    ),
    edit(
      `${policies}/test-network-policy`,
      ({ spec }) => (spec.ingress[0].from[0].ipBlock = { cidr: "172.17.0.0/16", except: ["172.17.0.0/16", "fd00::/8", "x"] }),
    ),
    edit(`${policies}/test-network-policy`, ({ spec }) => (spec.ingress[0].from = [{}])),
    edit(
      `${policies}/test-network-policy`,
      ({ spec }) =>
        (spec.egress[0].ports = [
          { port: "a", endPort: 5 },
          { endPort: 5 },
          { port: 9, endPort: 5 },
          { port: 70000, protocol: "ICMP" },
          { port: "UPPER_" },
        ]),
    ),
    edit(`${policies}/test-network-policy`, ({ spec }) => (spec.policyTypes = ["Ingress", "Egress", "Both"])),
    edit(`${policies}/test-network-policy`, ({ spec }) => (spec.policyTypes = ["Sideways"])),
    edit(`${policies}/test-network-policy`, ({ spec }) => (spec.policyTypes = null)),
    edit(`${policies}/test-network-policy`, ({ spec }) => (spec.podSelector = { matchExpressions: [{ key: "a b", operator: "In" }] })),
    edit(`${policies}/test-network-policy`, (object) => delete object.spec),
    manifest(policies, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}"),
    manifest(
      policies,
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out}\nspec: {podSelector: {}, egress: [{}]}",
    ),
    manifest(policies, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: none}"),
    applied(`${policies}/test-network-policy`, policy, "m"),
    get(policies),
  ),
  life(
    "ranges of services and their addresses",
    create(`${net}/servicecidrs`, { metadata: { name: "extra-{u}" }, spec: { cidrs: ["10.244.16.0/24"] } }),
    table(`${net}/servicecidrs/extra-{u}`),
    merge(`${net}/servicecidrs/extra-{u}`, { spec: { cidrs: ["10.244.16.0/24", "fd00:1::/112"] } }),
    merge(`${net}/servicecidrs/extra-{u}`, { spec: { cidrs: ["10.244.17.0/24"] } }),
    merge(`${net}/servicecidrs/extra-{u}`, { spec: { cidrs: ["10.244.16.0/24", "fd00:2::/112"] } }),
    merge(`${net}/servicecidrs/extra-{u}/status`, {
      status: {
        conditions: [{ type: "Ready", status: "False", reason: "Terminating", message: "x", lastTransitionTime: "2024-01-01T00:00:00Z" }],
      },
    }),
    create(`${net}/servicecidrs`, { metadata: { name: "bad-{u}" }, spec: { cidrs: ["10.0.0.1/24", "x", "fd00::/112"] } }),
    create(`${net}/servicecidrs`, { metadata: { name: "bad-{u}" }, spec: { cidrs: ["10.0.0.0/24", "10.0.1.0/24"] } }),
    create(`${net}/servicecidrs`, { metadata: { name: "bad-{u}" }, spec: {} }),
    create(`${net}/ipaddresses`, {
      metadata: { name: "192.0.2.99" },
      spec: { parentRef: { resource: "services", namespace: "{ns}", name: "x" } },
    }),
    create(`${net}/ipaddresses`, { metadata: { name: "192.0.2.099" }, spec: { parentRef: { resource: "services", name: "x" } } }),
    create(`${net}/ipaddresses`, { metadata: { name: "192.0.2.98" } }),
    merge(`${net}/ipaddresses/192.0.2.99`, { spec: { parentRef: { name: "y" } } }),
    merge(`${net}/ipaddresses/192.0.2.99`, { metadata: { labels: { a: "b" } } }),
    table(`${net}/ipaddresses/192.0.2.99`),
    get(`${net}/ipaddresses?fieldSelector=spec.parentRef.name=x`),
    remove(`${net}/ipaddresses/192.0.2.99`),
    remove(`${net}/servicecidrs/extra-{u}`),
  ),
];

export default sequences;
