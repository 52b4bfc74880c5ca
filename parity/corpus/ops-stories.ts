import { asTable } from "../damages.ts";
import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** What people who run a cluster do in a day: routes, volumes, priorities, leases, certificates, and the rest of the smaller groups. */
const net = "/apis/networking.k8s.io/v1";
const ingresses = `${net}/namespaces/{ns}/ingresses`;
const policies = `${net}/namespaces/{ns}/networkpolicies`;
const ingressClasses = `${net}/ingressclasses`;
const cidrs = `${net}/servicecidrs`;
const addresses = `${net}/ipaddresses`;
const slices = "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices";
const storage = "/apis/storage.k8s.io/v1";
const priorities = "/apis/scheduling.k8s.io/v1/priorityclasses";
const runtimes = "/apis/node.k8s.io/v1/runtimeclasses";
const leases = "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";
const webhooks = "/apis/admissionregistration.k8s.io/v1";
const flow = "/apis/flowcontrol.apiserver.k8s.io/v1";
const apiservices = "/apis/apiregistration.k8s.io/v1/apiservices";
const auth = "/apis/authorization.k8s.io/v1";
const dra = "/apis/resource.k8s.io/v1";
const told = {
  pick: (body: unknown) => (body as { message?: string; kind?: string }).message ?? (body as { kind?: string })?.kind ?? body,
};

const shop = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations: {nginx.ingress.kubernetes.io/rewrite-target: /$1}
spec:
  ingressClassName: nginx
  tls:
  - hosts: [shop.example.com, "*.example.com"]
    secretName: shop-tls
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /cart, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}
      - {path: /, pathType: Exact, backend: {service: {name: front, port: {name: http}}}}
  - http:
      paths:
      - {pathType: ImplementationSpecific, backend: {resource: {apiGroup: example.com, kind: Bucket, name: static}}}
`;
const deny = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {matchExpressions: [{key: app, operator: In, values: [web, api]}]}
    - namespaceSelector: {}
    - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
    ports: [{port: 5432}, {protocol: UDP, port: dns}, {port: 8000, endPort: 9000}]
  egress: [{}]
`;
const slice = (name: string, more: object = {}) => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name, labels: { "kubernetes.io/service-name": "web" } },
  addressType: "IPv4",
  ports: [{ name: "http", port: 80 }],
  endpoints: [{ addresses: ["10.1.2.3"], conditions: { ready: true }, nodeName: "n1", zone: "a" }],
  ...more,
});
const lease = (spec: object) => ({ metadata: { name: "leader" }, spec });
const review = (spec: object) => ({ apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec });

const sequences: Sequence[] = [
  life(
    "an ingress from the first manifest to the last patch",
    manifest(ingresses, shop),
    table(ingresses),
    table(`${ingresses}/shop`),
    merge(`${ingresses}/shop`, {
      spec: { ingressClassName: null, defaultBackend: { service: { name: "fallback", port: { number: 8080 } } } },
    }),
    strategic(`${ingresses}/shop`, { spec: { rules: [{ host: "b.example.com" }] } }),
    strategic(`${ingresses}/shop`, { spec: { tls: [{ hosts: ["x.example.com"] }] } }),
    json(`${ingresses}/shop`, [{ op: "add", path: "/spec/rules/-", value: { host: "c.example.com", http: { paths: [] } } }]),
    json(`${ingresses}/shop`, [{ op: "add", path: "/spec/rules/-", value: { host: "c.example.com", http: null } }]),
    json(`${ingresses}/shop`, [{ op: "replace", path: "/spec/rules/0/host", value: "UPPER.example.com" }]),
    json(`${ingresses}/shop`, [{ op: "replace", path: "/spec/rules/0/host", value: "1.2.3.4" }]),
    json(`${ingresses}/shop`, [{ op: "replace", path: "/spec/rules/0/host", value: "*.*.example.com" }]),
    json(`${ingresses}/shop`, [{ op: "remove", path: "/spec/defaultBackend/service/port" }]),
    merge(`${ingresses}/shop`, { spec: { defaultBackend: { service: { port: { name: "web", number: 1 } } } } }),
    merge(`${ingresses}/shop`, { spec: { defaultBackend: { resource: { kind: "X", name: "y" } } } }),
    merge(`${ingresses}/shop`, { spec: null }),
    patch("merge", `${ingresses}/shop/status`, {
      status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }, { hostname: "a.b", ports: [{ port: 80, protocol: "TCP" }] }] } },
    }),
    patch("merge", `${ingresses}/shop/status`, { status: { loadBalancer: { ingress: [{ ip: "300.1.1.1", hostname: "A_b" }] } } }),
    patch("merge", `${ingresses}/shop/status`, {
      status: { loadBalancer: { ingress: [{ ports: [{ port: 0, protocol: "ICMP", error: "bad error" }] }] } },
    }),
    table(ingresses),
    applied(`${ingresses}/shop`, shop, "ops"),
    applied(`${ingresses}/shop`, shop, "ops", "&force=true"),
    applied(`${ingresses}/shop`, shop.replace("path: /cart", "path: cart"), "ops", "&force=true"),
    applied(`${ingresses}/shop`, shop.replace("pathType: Exact", "pathType: Regex"), "ops", "&force=true"),
    applied(`${ingresses}/shop`, shop.replace("ingressClassName: nginx", "ingressClassName: Nginx_1"), "ops"),
    get(`${ingresses}?fieldSelector=spec.ingressClassName%3Dnginx`),
    get(`${ingresses}?fieldSelector=metadata.name%3Dshop`, told),
    remove(`${ingresses}/shop`, { preconditions: { resourceVersion: "1" } }),
    remove(`${ingresses}/shop`),
  ),
  life(
    "a network policy and who may change it",
    manifest(policies, deny),
    table(policies),
    strategic(`${policies}/db`, { spec: { ingress: [{ ports: [{ port: 1 }] }] } }),
    json(`${policies}/db`, [{ op: "add", path: "/spec/ingress/0/from", value: [{ podSelector: {}, ipBlock: { cidr: "1.0.0.0/8" } }] }]),
    json(`${policies}/db`, [{ op: "add", path: "/spec/ingress/0/from", value: [{}] }]),
    json(`${policies}/db`, [
      { op: "add", path: "/spec/ingress/0/from", value: [{ ipBlock: { cidr: "10.0.0.1/8", except: ["11.0.0.0/8", "x"] } }] },
    ]),
    json(`${policies}/db`, [
      {
        op: "add",
        path: "/spec/ingress/0/ports",
        value: [{ endPort: 5 }, { port: "x", endPort: 9 }, { port: 9, endPort: 5 }, { port: 0 }, { protocol: "ICMP", port: "Bad_Name" }],
      },
    ]),
    merge(`${policies}/db`, { spec: { policyTypes: ["Ingress", "Both"] } }),
    merge(`${policies}/db`, { spec: { policyTypes: ["Ingress", "Egress", "Ingress"] } }),
    merge(`${policies}/db`, { spec: { policyTypes: [] } }),
    merge(`${policies}/db`, { spec: { policyTypes: null, egress: null } }),
    merge(`${policies}/db`, { spec: { podSelector: null } }),
    merge(`${policies}/db`, {
      spec: {
        podSelector: {
          matchExpressions: [
            { key: "a", operator: "Exists", values: ["x"] },
            { key: "b/", operator: "In" },
          ],
        },
      },
    }),
    create(policies, { metadata: { name: "all" } }),
    create(policies, { metadata: { name: "all2" }, spec: { egress: [] } }),
    create(policies, { metadata: { name: "all3" }, spec: { egress: [{}], ingress: null } }),
    applied(`${policies}/db`, deny, "gitops"),
    applied(`${policies}/db`, deny, "gitops", "&force=true"),
    get(`${policies}/db/status`),
    get(`${policies}/db`, { headers: { accept: "application/yaml" } }),
  ),
  life(
    "ingress classes and parameters",
    create(ingressClasses, {
      metadata: { name: "ext-{u}" },
      spec: {
        controller: "example.com/ingress",
        parameters: { apiGroup: "k8s.example.com", kind: "Params", name: "p", scope: "Namespace", namespace: "x" },
      },
    }),
    create(ingressClasses, { metadata: { name: "a-{u}" }, spec: { controller: "example" } }),
    create(ingressClasses, { metadata: { name: "a-{u}" }, spec: {} }),
    create(ingressClasses, { metadata: { name: "a-{u}" } }),
    create(ingressClasses, { metadata: { name: "a-{u}" }, spec: { controller: "example.com/a b/c" } }),
    create(ingressClasses, { metadata: { name: "a-{u}" }, spec: { controller: "e.com/x", parameters: {} } }),
    create(ingressClasses, {
      metadata: { name: "a-{u}" },
      spec: { controller: "e.com/x", parameters: { kind: "a/b", name: "c%d", scope: "Galaxy" } },
    }),
    create(ingressClasses, {
      metadata: { name: "a-{u}" },
      spec: { controller: "e.com/x", parameters: { kind: "K", name: "n", scope: "Cluster", namespace: "y" } },
    }),
    create(ingressClasses, {
      metadata: { name: "a-{u}" },
      spec: { controller: "e.com/x", parameters: { kind: "K", name: "n", scope: "Namespace" } },
    }),
    create(ingressClasses, { metadata: { name: "b-{u}" }, spec: { controller: "e.com/x", parameters: { kind: "K", name: "n" } } }),
    table(`${ingressClasses}/ext-{u}`),
    table(`${ingressClasses}/b-{u}`),
    merge(`${ingressClasses}/b-{u}`, { spec: { controller: "e.com/y" } }),
    merge(`${ingressClasses}/b-{u}`, { spec: { parameters: null } }),
    merge(`${ingressClasses}/b-{u}`, { spec: { parameters: { kind: "L", name: "m", apiGroup: "Bad_Group" } } }),
    applied(
      `${ingressClasses}/b-{u}`,
      "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: 'b-{u}', annotations: {ingressclass.kubernetes.io/is-default-class: 'maybe'}}\n",
      "x",
    ),
  ),
  life(
    "endpoint slices as a controller writes them",
    create(slices, slice("web-1")),
    create(slices, slice("bad", { addressType: "IPv5" })),
    create(slices, slice("bad", { addressType: null })),
    create(slices, slice("bad", { addressType: "FQDN", endpoints: [{ addresses: ["a.example.com", "Bad_Host"] }] })),
    create(slices, slice("bad", { addressType: "IPv6" })),
    create(
      slices,
      slice("bad", {
        endpoints: [
          { addresses: [] },
          {},
          { addresses: ["127.0.0.1"] },
          { addresses: ["169.254.1.1"] },
          { addresses: ["0.0.0.0", "224.0.0.1"] },
        ],
      }),
    ),
    create(
      slices,
      slice("bad", {
        ports: [{ name: "a", port: 1 }, { name: "a", port: 2 }, { port: 70000 }, { name: "Bad_", protocol: "X", appProtocol: "a b" }],
      }),
    ),
    create(slices, slice("nil", { ports: null, endpoints: null })),
    create(slices, slice("nil2", { ports: [{}], endpoints: [] })),
    create(
      slices,
      slice("hints", {
        endpoints: [
          { addresses: ["10.1.1.1"], hints: { forZones: [{ name: "a" }, { name: "a" }] }, zone: "z z", nodeName: "N_", hostname: "A_" },
        ],
      }),
    ),
    create(
      slices,
      slice("hints", {
        endpoints: [
          { addresses: ["10.1.1.1"], hints: { forZones: [{ name: "a" }], forNodes: [{ name: "n" }] }, deprecatedTopology: { a: "b" } },
        ],
      }),
    ),
    create(
      slices,
      slice("hints", {
        endpoints: [
          {
            addresses: ["10.1.1.1", "010.1.1.2"],
            conditions: { ready: false, serving: null, terminating: true },
            targetRef: { kind: "Pod", name: "p" },
          },
        ],
      }),
    ),
    table(slices),
    merge(`${slices}/web-1`, { addressType: "IPv6" }),
    merge(`${slices}/web-1`, { endpoints: [{ addresses: ["10.9.9.9"], conditions: {} }] }),
    strategic(`${slices}/web-1`, { endpoints: [{ addresses: ["10.9.9.8"] }] }),
    strategic(`${slices}/web-1`, { ports: [{ name: "https", port: 443 }] }),
    applied(
      `${slices}/web-1`,
      "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1}\naddressType: IPv4\nports: [{name: http, port: 81}]\nendpoints: [{addresses: [10.2.2.2]}]\n",
      "x",
    ),
    applied(
      `${slices}/web-1`,
      "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1}\naddressType: IPv4\nports: [{name: http, port: 81}]\nendpoints: [{addresses: [10.2.2.2]}]\n",
      "x",
      "&force=true",
    ),
    applied(`${slices}/web-1`, "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1}\naddressType: IPv4\n", "x"),
    get(`${slices}?labelSelector=kubernetes.io/service-name%3Dweb`, told),
    remove(`${slices}?labelSelector=kubernetes.io/service-name%3Dweb`),
  ),
  life(
    "a range of service addresses, added and used",
    create(cidrs, { metadata: { name: "extra-{u}" }, spec: { cidrs: ["10.200.0.0/24"] } }),
    create(cidrs, { metadata: { name: "bad-{u}" }, spec: { cidrs: ["10.200.0.1/24"] } }),
    create(cidrs, { metadata: { name: "bad-{u}" }, spec: { cidrs: ["10.200.0.0/24", "10.201.0.0/24"] } }),
    create(cidrs, { metadata: { name: "bad-{u}" }, spec: { cidrs: ["10.200.0.0/24", "fd00::/112", "fd01::/112"] } }),
    create(cidrs, { metadata: { name: "bad-{u}" }, spec: { cidrs: [] } }),
    create(cidrs, { metadata: { name: "bad-{u}" }, spec: { cidrs: ["x", "10.0.0.0/33"] } }),
    create(cidrs, { metadata: { name: "bad-{u}" } }),
    create(cidrs, { metadata: { name: "Bad_{u}" }, spec: { cidrs: ["10.200.0.0/24"] } }),
    create(cidrs, { metadata: { name: "v6-{u}" }, spec: { cidrs: ["FD00:0:0::/112"] } }),
    merge(`${cidrs}/extra-{u}`, { spec: { cidrs: ["10.200.0.0/16"] } }),
    merge(`${cidrs}/extra-{u}`, { spec: { cidrs: ["10.200.0.0/24", "fd00::/112"] } }),
    merge(`${cidrs}/extra-{u}`, { metadata: { labels: { a: "b" } } }),
    merge(`${cidrs}/extra-{u}/status`, {
      status: { conditions: [{ type: "Ready", status: "True", reason: "R", message: "m", lastTransitionTime: "2024-01-01T00:00:00Z" }] },
    }),
    merge(`${cidrs}/extra-{u}/status`, { status: { conditions: [{ type: "Ready", status: "Yes" }] } }),
    table(`${cidrs}/extra-{u}`),
    get(`${cidrs}/extra-{u}`),
    create(addresses, { metadata: { name: "10.200.0.9" }, spec: { parentRef: { resource: "services", name: "x", namespace: "{ns}" } } }),
    create(addresses, { metadata: { name: "10.200.0.9" }, spec: { parentRef: { resource: "services", name: "x", namespace: "{ns}" } } }),
    create(addresses, { metadata: { name: "10.200.0.010" }, spec: { parentRef: { resource: "services", name: "x", namespace: "{ns}" } } }),
    create(addresses, { metadata: { name: "nope" }, spec: {} }),
    create(addresses, { metadata: { name: "10.200.0.11" }, spec: { parentRef: {} } }),
    create(addresses, {
      metadata: { name: "10.200.0.11" },
      spec: { parentRef: { group: "Bad_", resource: "a/b", namespace: "N_", name: "x/y" } },
    }),
    create(addresses, { metadata: { name: "FD00::1" }, spec: { parentRef: { resource: "services", name: "x" } } }),
    merge(`${addresses}/10.200.0.9`, { spec: { parentRef: { name: "y" } } }),
    merge(`${addresses}/10.200.0.9`, { metadata: { annotations: { a: "b" } } }),
    table(`${addresses}/10.200.0.9`),
    get(`${addresses}?fieldSelector=metadata.name%3D10.200.0.9`, told),
    remove(`${addresses}/10.200.0.9`),
    remove(`${cidrs}/extra-{u}`),
  ),
  life(
    "storage classes: what may change",
    create(`${storage}/storageclasses`, {
      metadata: { name: "fast-{u}" },
      provisioner: "csi.example.com",
      parameters: { type: "ssd" },
      mountOptions: ["a", "b"],
    }),
    merge(`${storage}/storageclasses/fast-{u}`, { provisioner: "other" }),
    merge(`${storage}/storageclasses/fast-{u}`, { parameters: { type: "hdd" } }),
    merge(`${storage}/storageclasses/fast-{u}`, { parameters: null }),
    merge(`${storage}/storageclasses/fast-{u}`, { reclaimPolicy: "Retain" }),
    merge(`${storage}/storageclasses/fast-{u}`, { volumeBindingMode: "WaitForFirstConsumer" }),
    merge(`${storage}/storageclasses/fast-{u}`, { allowVolumeExpansion: true, mountOptions: ["c"] }),
    merge(`${storage}/storageclasses/fast-{u}`, { allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: ["a"] }] }] }),
    merge(`${storage}/storageclasses/fast-{u}`, { metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } }),
    table(`${storage}/storageclasses/fast-{u}`),
    create(`${storage}/storageclasses`, { metadata: { name: "x-{u}" } }),
    create(`${storage}/storageclasses`, {
      metadata: { name: "x-{u}" },
      provisioner: "a b",
      reclaimPolicy: "Recycle",
      volumeBindingMode: "Never",
    }),
    create(`${storage}/storageclasses`, { metadata: { name: "x-{u}" }, provisioner: "p", parameters: { "": "x" } }),
    create(`${storage}/storageclasses`, { metadata: { name: "x-{u}" }, provisioner: "p", parameters: { a: "x".repeat(262145) } }, told),
    create(`${storage}/storageclasses`, {
      metadata: { name: "x-{u}" },
      provisioner: "p",
      allowedTopologies: [
        {},
        {
          matchLabelExpressions: [
            { key: "", values: [] },
            { key: "z", values: ["a", "a"] },
            { key: "z", values: ["b"] },
          ],
        },
      ],
    }),
    create(`${storage}/storageclasses`, {
      metadata: { name: "x-{u}" },
      provisioner: "p",
      reclaimPolicy: "",
      volumeBindingMode: null,
      allowVolumeExpansion: null,
    }),
    table(`${storage}/storageclasses/x-{u}`),
    applied(
      `${storage}/storageclasses/x-{u}`,
      "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: 'x-{u}'}\nprovisioner: p\nmountOptions: [z]\nallowVolumeExpansion: false\n",
      "m",
    ),
    applied(`${storage}/storageclasses/x-{u}`, "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: 'x-{u}'}\n", "m"),
    applied(
      `${storage}/storageclasses/y-{u}`,
      "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: 'y-{u}'}\nprovisioner: p\nparameters: {a: 1}\n",
      "m",
    ),
  ),
  life(
    "drivers, nodes of drivers, capacities, attachments",
    create(`${storage}/csidrivers`, { metadata: { name: "d-{u}.example.com" }, spec: {} }),
    create(`${storage}/csidrivers`, {
      metadata: { name: "Bad_{u}" },
      spec: { volumeLifecycleModes: ["Sometimes", "Persistent"], fsGroupPolicy: "Maybe" },
    }),
    create(`${storage}/csidrivers`, {
      metadata: { name: "e-{u}" },
      spec: {
        tokenRequests: [
          { audience: "" },
          { audience: "a", expirationSeconds: 5 },
          { audience: "a" },
          { audience: "b", expirationSeconds: 4294967297 },
        ],
      },
    }),
    merge(`${storage}/csidrivers/d-{u}.example.com`, { spec: { attachRequired: false } }),
    merge(`${storage}/csidrivers/d-{u}.example.com`, {
      spec: { podInfoOnMount: true, fsGroupPolicy: "File", storageCapacity: true, requiresRepublish: true },
    }),
    merge(`${storage}/csidrivers/d-{u}.example.com`, { spec: { volumeLifecycleModes: ["Ephemeral"] } }),
    merge(`${storage}/csidrivers/d-{u}.example.com`, {
      spec: { nodeAllocatableUpdatePeriodSeconds: 5, seLinuxMount: true, tokenRequests: [{ audience: "x", expirationSeconds: 600 }] },
    }),
    merge(`${storage}/csidrivers/d-{u}.example.com`, {
      spec: { nodeAllocatableUpdatePeriodSeconds: 10, serviceAccountTokenInSecrets: true },
    }),
    table(`${storage}/csidrivers/d-{u}.example.com`),
    create(`${storage}/csinodes`, {
      metadata: { name: "n-{u}" },
      spec: {
        drivers: [
          { name: "d", nodeID: "i", topologyKeys: ["a", "a"], allocatable: { count: -1 } },
          { name: "d", nodeID: "" },
        ],
      },
    }),
    create(`${storage}/csinodes`, {
      metadata: { name: "n-{u}" },
      spec: { drivers: [{ name: "d", nodeID: "i", topologyKeys: ["company.com/zone"], allocatable: { count: 5 } }] },
    }),
    create(`${storage}/csinodes`, { metadata: { name: "m-{u}" }, spec: {} }),
    create(`${storage}/csinodes`, { metadata: { name: "k-{u}" } }),
    merge(`${storage}/csinodes/n-{u}`, { spec: { drivers: [{ name: "d", nodeID: "j" }] } }),
    strategic(`${storage}/csinodes/n-{u}`, { spec: { drivers: [{ name: "e", nodeID: "j", topologyKeys: null }] } }),
    strategic(`${storage}/csinodes/n-{u}`, { spec: { drivers: [{ $patch: "delete", name: "d" }] } }),
    table(`${storage}/csinodes/n-{u}`),
    create(`${storage}/namespaces/{ns}/csistoragecapacities`, {
      metadata: { name: "c" },
      storageClassName: "fast",
      capacity: "10Gi",
      nodeTopology: { matchLabels: { a: "b" } },
    }),
    create(`${storage}/namespaces/{ns}/csistoragecapacities`, {
      metadata: { name: "d" },
      storageClassName: "",
      capacity: "-1",
      maximumVolumeSize: "-1Gi",
      nodeTopology: { matchExpressions: [{ key: "a", operator: "Like" }] },
    }),
    merge(`${storage}/namespaces/{ns}/csistoragecapacities/c`, { storageClassName: "slow" }),
    merge(`${storage}/namespaces/{ns}/csistoragecapacities/c`, { nodeTopology: null }),
    merge(`${storage}/namespaces/{ns}/csistoragecapacities/c`, { capacity: "1.5", maximumVolumeSize: "1e3" }),
    table(`${storage}/namespaces/{ns}/csistoragecapacities`),
    create(`${storage}/volumeattachments`, {
      metadata: { name: "a-{u}" },
      spec: { attacher: "d", nodeName: "n", source: { persistentVolumeName: "pv" } },
    }),
    create(`${storage}/volumeattachments`, { metadata: { name: "b-{u}" }, spec: { attacher: "", nodeName: "", source: {} } }),
    create(`${storage}/volumeattachments`, {
      metadata: { name: "b-{u}" },
      spec: { attacher: "d", nodeName: "n", source: { persistentVolumeName: "pv", inlineVolumeSpec: {} } },
    }),
    merge(`${storage}/volumeattachments/a-{u}`, { spec: { nodeName: "o" } }),
    merge(`${storage}/volumeattachments/a-{u}`, { status: { attached: true } }),
    merge(`${storage}/volumeattachments/a-{u}/status`, {
      status: { attached: true, attachmentMetadata: { a: "b" }, attachError: { message: "m", time: "2024-01-01T00:00:00Z" } },
    }),
    merge(`${storage}/volumeattachments/a-{u}/status`, { status: { attachError: { errorCode: -1, message: "x".repeat(5) } } }),
    table(`${storage}/volumeattachments/a-{u}`),
    create(`${storage}/volumeattributesclasses`, { metadata: { name: "v-{u}" }, driverName: "d", parameters: { iops: "1" } }),
    create(`${storage}/volumeattributesclasses`, { metadata: { name: "w-{u}" }, driverName: "", parameters: {} }),
    merge(`${storage}/volumeattributesclasses/v-{u}`, { parameters: { iops: "2" } }),
    merge(`${storage}/volumeattributesclasses/v-{u}`, { driverName: "e", metadata: { labels: { a: "b" } } }),
    table(`${storage}/volumeattributesclasses/v-{u}`),
  ),
  life(
    "priorities and runtimes",
    create(priorities, { metadata: { name: "high-{u}" }, value: 1000, description: "for ops" }),
    create(priorities, { metadata: { name: "system-{u}" }, value: 5 }),
    create(priorities, { metadata: { name: "huge-{u}" }, value: 1000000001 }),
    create(priorities, { metadata: { name: "none-{u}" } }),
    create(priorities, { metadata: { name: "neg-{u}" }, value: -5, preemptionPolicy: "Never" }),
    create(priorities, { metadata: { name: "odd-{u}" }, value: 5, preemptionPolicy: "Sometimes" }),
    create(priorities, { metadata: { name: "odd-{u}" }, value: "5" }),
    create(priorities, { metadata: { name: "odd-{u}" }, value: 2147483648 }),
    merge(`${priorities}/high-{u}`, { value: 1001 }),
    merge(`${priorities}/high-{u}`, { value: null }),
    merge(`${priorities}/high-{u}`, { preemptionPolicy: "Never" }),
    merge(`${priorities}/high-{u}`, { preemptionPolicy: null, description: "d", metadata: { labels: { a: "b" } } }),
    edit(`${priorities}/high-{u}`, (one) => {
      one.description = "";
      one.globalDefault = false;
    }),
    table(`${priorities}/high-{u}`),
    table(`${priorities}/neg-{u}`),
    applied(
      `${priorities}/high-{u}`,
      "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: 'high-{u}'}\nvalue: 1000\ndescription: mine\n",
      "a",
    ),
    applied(
      `${priorities}/high-{u}`,
      "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: 'high-{u}'}\nvalue: 7\n",
      "a",
    ),
    remove(`${priorities}/system-node-critical?dryRun=All`),
    merge(`${priorities}/system-node-critical`, { value: 5 }),
    create(runtimes, {
      metadata: { name: "gvisor-{u}" },
      handler: "runsc",
      overhead: { podFixed: { cpu: "100m", memory: "64Mi" } },
      scheduling: { nodeSelector: { a: "b" }, tolerations: [{ key: "x", operator: "Exists" }] },
    }),
    create(runtimes, { metadata: { name: "bad-{u}" } }),
    create(runtimes, {
      metadata: { name: "bad-{u}" },
      handler: "Run_SC",
      overhead: { podFixed: { cpu: "-1", "bad key": "1" } },
      scheduling: { nodeSelector: { "a b": "c d" }, tolerations: [{ operator: "Equal" }, { key: "a", effect: "Never" }] },
    }),
    create(runtimes, { metadata: { name: "e-{u}" }, handler: "x", overhead: {}, scheduling: {} }),
    merge(`${runtimes}/gvisor-{u}`, { handler: "kata" }),
    merge(`${runtimes}/gvisor-{u}`, { overhead: { podFixed: { cpu: "0.2" } }, scheduling: { tolerations: null } }),
    strategic(`${runtimes}/gvisor-{u}`, { scheduling: { tolerations: [{ key: "y", operator: "Exists", tolerationSeconds: 5 }] } }),
    strategic(`${runtimes}/gvisor-{u}`, {
      scheduling: {
        tolerations: [
          { key: "y", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 },
          { key: "y", operator: "Exists" },
        ],
      },
    }),
    table(`${runtimes}/gvisor-{u}`),
    applied(
      `${runtimes}/gvisor-{u}`,
      "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: 'gvisor-{u}'}\nhandler: runsc\nscheduling: {tolerations: [{key: z, operator: Exists}]}\n",
      "a",
    ),
  ),
  life(
    "leases: two leaders argue",
    create(
      leases,
      lease({
        holderIdentity: "a",
        leaseDurationSeconds: 15,
        acquireTime: "2024-01-01T00:00:00.000000Z",
        renewTime: "2024-01-01T00:00:00.123456Z",
        leaseTransitions: 0,
      }),
    ),
    create(leases, lease({ holderIdentity: "b" })),
    create(leases, { metadata: { name: "bad" }, spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } }),
    create(leases, { metadata: { name: "bad" }, spec: { renewTime: "2024-01-01T00:00:00Z", acquireTime: "now" } }),
    create(leases, { metadata: { name: "bad" }, spec: { renewTime: "2024-01-01T00:00:00.1Z" } }),
    create(leases, { metadata: { name: "bad" }, spec: { strategy: "OldestEmulationVersion" } }),
    create(leases, { metadata: { name: "bad" }, spec: { strategy: "bad strategy", preferredHolder: "x" } }),
    create(leases, { metadata: { name: "pref" }, spec: { preferredHolder: "x" } }),
    create(leases, { metadata: { name: "empty" }, spec: { holderIdentity: "" } }),
    create(leases, { metadata: { name: "none" } }),
    put(`${leases}/leader`, { metadata: { name: "leader", resourceVersion: "1" }, spec: { holderIdentity: "b" } }),
    put(`${leases}/leader`, { metadata: { name: "leader" }, spec: { holderIdentity: "b" } }),
    edit(`${leases}/leader`, (one) => {
      one.spec.leaseTransitions = 1;
      one.spec.renewTime = "2024-01-02T00:00:00.000001Z";
    }),
    merge(`${leases}/leader`, { spec: { renewTime: null, holderIdentity: null } }),
    merge(`${leases}/leader`, { spec: { leaseDurationSeconds: 1.5 } }),
    merge(`${leases}/leader`, { spec: { holderIdentity: 5 } }),
    table(leases),
    table(`${leases}/leader`),
    create(
      leases,
      { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "pb" }, spec: { holderIdentity: "p" } },
      { headers: { accept: "application/vnd.kubernetes.protobuf" } },
    ),
    create(leases, undefined, {
      protobuf: {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "pb2" },
        spec: { holderIdentity: "p", renewTime: "2024-01-01T00:00:00.123456Z" },
      } as never,
    }),
    create(leases, undefined, { protobuf: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "pb3" } } as never }),
    applied(
      `${leases}/leader`,
      "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: leader}\nspec: {holderIdentity: c}\n",
      "c",
    ),
    remove(`${leases}/leader`, { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: "nope" } }),
  ),
  life(
    "may they? reviews of access",
    create(
      `${auth}/subjectaccessreviews`,
      review({ user: "ann", resourceAttributes: { namespace: "{ns}", verb: "get", resource: "pods" } }),
    ),
    create(
      `${auth}/subjectaccessreviews`,
      review({ user: "ann", groups: ["system:masters"], resourceAttributes: { verb: "*", resource: "*", group: "*" } }),
    ),
    create(`${auth}/subjectaccessreviews`, review({ user: "ann", nonResourceAttributes: { path: "/healthz", verb: "get" } })),
    create(
      `${auth}/subjectaccessreviews`,
      review({ user: "ann", nonResourceAttributes: { path: "/healthz", verb: "get" }, resourceAttributes: {} }),
    ),
    create(`${auth}/subjectaccessreviews`, review({})),
    create(`${auth}/subjectaccessreviews`, review({ user: "" })),
    create(
      `${auth}/subjectaccessreviews`,
      review({
        groups: ["a"],
        resourceAttributes: {
          verb: "get",
          resource: "nodes",
          fieldSelector: { rawSelector: "metadata.name=x", requirements: [{ key: "a", operator: "In", values: ["b"] }] },
        },
      }),
    ),
    create(
      `${auth}/subjectaccessreviews`,
      review({
        user: "a",
        resourceAttributes: {
          verb: "list",
          resource: "nodes",
          fieldSelector: {
            requirements: [
              { key: "a", operator: "In", values: [] },
              { key: "", operator: "Exists", values: ["x"] },
              { key: "b", operator: "Odd" },
            ],
          },
          labelSelector: {},
        },
      }),
    ),
    create(
      `${auth}/subjectaccessreviews`,
      review({ user: "a", resourceAttributes: { verb: "list", resource: "nodes", labelSelector: { rawSelector: "a in (b" } } }),
    ),
    create(`${auth}/subjectaccessreviews`, { metadata: { name: "x" }, spec: { user: "u", resourceAttributes: {} } }),
    create(`${auth}/subjectaccessreviews`, { metadata: { labels: { a: "b" } }, spec: { user: "u", resourceAttributes: {} } }),
    create(
      `${auth}/selfsubjectaccessreviews`,
      {
        spec: {
          resourceAttributes: {
            verb: "create",
            group: "apps",
            resource: "deployments",
            subresource: "scale",
            name: "x",
            namespace: "{ns}",
          },
        },
      },
      { user: "bob" },
    ),
    create(`${auth}/selfsubjectaccessreviews`, { spec: {} }, { user: "bob" }),
    create(`${auth}/namespaces/{ns}/localsubjectaccessreviews`, {
      spec: { user: "a", resourceAttributes: { namespace: "other", verb: "get", resource: "pods" } },
    }),
    create(`${auth}/namespaces/{ns}/localsubjectaccessreviews`, { spec: { user: "a", nonResourceAttributes: { path: "/", verb: "get" } } }),
    create(`${auth}/namespaces/{ns}/localsubjectaccessreviews`, {
      metadata: { namespace: "other" },
      spec: { user: "a", resourceAttributes: { namespace: "{ns}" } },
    }),
    create(`${auth}/selfsubjectrulesreviews`, { spec: { namespace: "{ns}" } }, { user: "bob" }),
    create(`${auth}/selfsubjectrulesreviews`, { spec: {} }, { user: "bob" }),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { user: { name: "bob", groups: ["x", "system:authenticated"] } }),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", { metadata: { name: "x" } }),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", undefined),
    create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "nope" } }),
    create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "admintoken", audiences: ["x"] } }),
    create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "admintoken" } }),
    create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: {} }),
    get(`${auth}/subjectaccessreviews`),
    get(`${auth}/selfsubjectaccessreviews/x`),
    remove(`${auth}/selfsubjectaccessreviews`),
  ),
  life(
    "webhook configurations as helm charts ship them",
    create(`${webhooks}/validatingwebhookconfigurations`, {
      metadata: { name: "chart-{u}" },
      webhooks: [
        {
          name: "pods.chart.example.com",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          failurePolicy: "Ignore",
          clientConfig: { service: { name: "svc", namespace: "{ns}", path: "/validate" } },
          rules: [{ apiGroups: ["nothing.example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] }],
          namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system"] }] },
        },
      ],
    }),
    strategic(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, {
      webhooks: [{ name: "pods.chart.example.com", clientConfig: { caBundle: "Zm9v" } }],
    }),
    strategic(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, { webhooks: [{ name: "new.chart.example.com" }] }),
    strategic(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, {
      webhooks: [{ name: "pods.chart.example.com", timeoutSeconds: 31 }],
    }),
    strategic(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, {
      webhooks: [
        { name: "pods.chart.example.com", timeoutSeconds: 5, matchConditions: [{ name: "a", expression: "object.metadata.name != 'x'" }] },
      ],
    }),
    strategic(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, {
      webhooks: [
        {
          name: "pods.chart.example.com",
          matchConditions: [
            { name: "b", expression: "oops(" },
            { name: "a", expression: "true" },
          ],
        },
      ],
    }),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [
      { op: "replace", path: "/webhooks/0/clientConfig", value: { url: "http://insecure.example.com" } },
    ]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [
      { op: "replace", path: "/webhooks/0/clientConfig", value: { url: "https://u:p@x.example.com/a?b#c" } },
    ]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [{ op: "replace", path: "/webhooks/0/clientConfig", value: {} }]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [{ op: "replace", path: "/webhooks/0/sideEffects", value: "Some" }]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [{ op: "replace", path: "/webhooks/0/name", value: "short" }]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [
      { op: "replace", path: "/webhooks/0/rules/0/resources", value: ["*", "pods"] },
    ]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [
      { op: "replace", path: "/webhooks/0/rules/0/operations", value: ["*", "CREATE", "LIST"] },
    ]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [
      { op: "replace", path: "/webhooks/0/rules/0/scope", value: "Everywhere" },
    ]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [{ op: "copy", from: "/webhooks/0", path: "/webhooks/1" }]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [{ op: "remove", path: "/webhooks/0/admissionReviewVersions" }]),
    json(`${webhooks}/validatingwebhookconfigurations/chart-{u}`, [{ op: "replace", path: "/webhooks", value: [] }]),
    table(`${webhooks}/validatingwebhookconfigurations/chart-{u}`),
    create(`${webhooks}/mutatingwebhookconfigurations`, { metadata: { name: "mut-{u}" }, webhooks: [{ name: "a", rules: [{}] }] }),
    create(`${webhooks}/mutatingwebhookconfigurations`, { metadata: { name: "mut-{u}" } }),
    applied(
      `${webhooks}/mutatingwebhookconfigurations/mut-{u}`,
      "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: 'mut-{u}'}\nwebhooks:\n- name: a.b.c\n  admissionReviewVersions: [v1]\n  sideEffects: None\n  reinvocationPolicy: IfNeeded\n  clientConfig: {url: 'https://x.example.com'}\n  rules: [{apiGroups: [nothing.example.com], apiVersions: ['*'], operations: [CREATE], resources: [things/status]}]\n",
      "helm",
    ),
    applied(
      `${webhooks}/mutatingwebhookconfigurations/mut-{u}`,
      "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: 'mut-{u}'}\nwebhooks:\n- name: a.b.c\n  clientConfig: {caBundle: Zm9v}\n",
      "injector",
    ),
    table(`${webhooks}/mutatingwebhookconfigurations/mut-{u}`),
  ),
  life(
    "flow control by an administrator",
    create(`${flow}/prioritylevelconfigurations`, {
      metadata: { name: "p-{u}" },
      spec: {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: 5,
          limitResponse: { type: "Queue", queuing: { queues: 8, handSize: 4, queueLengthLimit: 10 } },
        },
      },
    }),
    create(`${flow}/prioritylevelconfigurations`, { metadata: { name: "q-{u}" }, spec: { type: "Limited" } }),
    create(`${flow}/prioritylevelconfigurations`, { metadata: { name: "q-{u}" }, spec: { type: "Exempt" } }),
    create(`${flow}/prioritylevelconfigurations`, {
      metadata: { name: "q-{u}" },
      spec: {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: -1,
          lendablePercent: 101,
          borrowingLimitPercent: -1,
          limitResponse: { type: "Reject", queuing: {} },
        },
      },
    }),
    create(`${flow}/prioritylevelconfigurations`, {
      metadata: { name: "q-{u}" },
      spec: { type: "Limited", limited: { limitResponse: { type: "Queue", queuing: { queues: 4, handSize: 8 } } } },
    }),
    create(`${flow}/prioritylevelconfigurations`, {
      metadata: { name: "q-{u}" },
      spec: { type: "Limited", limited: { limitResponse: { type: "Queue" } } },
    }),
    merge(`${flow}/prioritylevelconfigurations/p-{u}`, { spec: { limited: { lendablePercent: 50, borrowingLimitPercent: null } } }),
    merge(`${flow}/prioritylevelconfigurations/p-{u}`, { spec: { limited: { nominalConcurrencyShares: 0 } } }),
    table(`${flow}/prioritylevelconfigurations/p-{u}`),
    create(`${flow}/flowschemas`, {
      metadata: { name: "f-{u}" },
      spec: {
        priorityLevelConfiguration: { name: "p-{u}" },
        matchingPrecedence: 900,
        distinguisherMethod: { type: "ByUser" },
        rules: [
          {
            subjects: [{ kind: "User", user: { name: "ann" } }],
            resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["*"] }],
          },
        ],
      },
    }),
    create(`${flow}/flowschemas`, { metadata: { name: "g-{u}" }, spec: {} }),
    create(`${flow}/flowschemas`, {
      metadata: { name: "g-{u}" },
      spec: {
        priorityLevelConfiguration: { name: "" },
        matchingPrecedence: 10001,
        distinguisherMethod: { type: "ByMood" },
        rules: [{ subjects: [], nonResourceRules: [{ verbs: ["get", "*"], nonResourceURLs: ["x", "/a*b", "*"] }] }],
      },
    }),
    create(`${flow}/flowschemas`, {
      metadata: { name: "g-{u}" },
      spec: {
        priorityLevelConfiguration: { name: "p" },
        rules: [
          {
            subjects: [
              { kind: "User" },
              { kind: "Robot" },
              { kind: "ServiceAccount", serviceAccount: { name: "A b", namespace: "" } },
              { kind: "Group", group: { name: "" }, user: { name: "x" } },
            ],
            resourceRules: [{ verbs: [], apiGroups: [], resources: [], namespaces: ["Bad_"] }],
          },
        ],
      },
    }),
    merge(`${flow}/flowschemas/f-{u}`, { spec: { matchingPrecedence: 0 } }),
    merge(`${flow}/flowschemas/f-{u}`, { spec: { matchingPrecedence: 1 } }),
    merge(`${flow}/flowschemas/f-{u}`, { spec: { distinguisherMethod: null, rules: null } }),
    merge(`${flow}/flowschemas/f-{u}/status`, {
      status: { conditions: [{ type: "Mine", status: "True", reason: "r", message: "m", lastTransitionTime: null }] },
    }),
    merge(`${flow}/prioritylevelconfigurations/exempt`, { spec: { type: "Limited" } }),
    remove(`${flow}/prioritylevelconfigurations/catch-all?dryRun=All`, undefined, told),
    merge(`${flow}/flowschemas/exempt`, { spec: { matchingPrecedence: 5 } }),
  ),
  life(
    "api services by hand",
    create(apiservices, {
      metadata: { name: "v1.x-{u}.example.com" },
      spec: {
        group: "x-{u}.example.com",
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 10,
        service: { name: "s", namespace: "{ns}" },
        insecureSkipTLSVerify: true,
      },
    }),
    create(apiservices, {
      metadata: { name: "v2.x-{u}.example.com" },
      spec: { group: "x-{u}.example.com", version: "v1", groupPriorityMinimum: 100, versionPriority: 10 },
    }),
    create(apiservices, {
      metadata: { name: "v1.y-{u}.example.com" },
      spec: { group: "y-{u}.example.com", version: "v1", groupPriorityMinimum: 0, versionPriority: 0 },
    }),
    create(apiservices, {
      metadata: { name: "v1.y-{u}.example.com" },
      spec: {
        group: "y-{u}.example.com",
        version: "v1",
        groupPriorityMinimum: 20001,
        versionPriority: 1001,
        service: { name: "", namespace: "", port: 70000 },
        caBundle: "Zm9v",
        insecureSkipTLSVerify: true,
      },
    }),
    create(apiservices, {
      metadata: { name: "V1.y-{u}" },
      spec: { group: "Y", version: "V1", groupPriorityMinimum: 1, versionPriority: 1, insecureSkipTLSVerify: true },
    }),
    create(apiservices, { metadata: { name: "v1." }, spec: { version: "v1", groupPriorityMinimum: 1, versionPriority: 1 } }),
    create(apiservices, { metadata: { name: "x" } }),
    merge(`${apiservices}/v1.x-{u}.example.com`, { spec: { versionPriority: 15, service: { port: 8443 } } }),
    merge(`${apiservices}/v1.x-{u}.example.com`, { spec: { group: "z" } }),
    merge(`${apiservices}/v1.x-{u}.example.com`, { spec: { insecureSkipTLSVerify: false, caBundle: "bm90IGEgY2VydA==" } }),
    merge(`${apiservices}/v1.x-{u}.example.com`, { spec: { service: null } }),
    get(`${apiservices}/v1.apps`, { pick: (body) => (body as { spec: object }).spec }),
    get(`${apiservices}/v1.`, { pick: (body) => (body as { spec: object }).spec }),
    remove(`${apiservices}/v1.x-{u}.example.com`),
  ),
  life(
    "devices for a notebook",
    create(`${dra}/deviceclasses`, {
      metadata: { name: "gpu-{u}" },
      spec: {
        selectors: [{ cel: { expression: "device.driver == 'gpu.example.com'" } }],
        config: [{ opaque: { driver: "gpu.example.com", parameters: { a: 1 } } }],
      },
    }),
    create(`${dra}/deviceclasses`, {
      metadata: { name: "bad-{u}" },
      spec: {
        selectors: [{ cel: { expression: "device.nope" } }, {}, { cel: { expression: "1" } }],
        config: [{}, { opaque: { driver: "Bad_", parameters: [] } }],
      },
    }),
    create(`${dra}/namespaces/{ns}/resourceclaims`, {
      metadata: { name: "c" },
      spec: {
        devices: {
          requests: [{ name: "gpu", exactly: { deviceClassName: "gpu-{u}", count: 2, allocationMode: "ExactCount" } }],
          constraints: [{ requests: ["gpu"], matchAttribute: "example.com/numa" }],
        },
      },
    }),
    create(`${dra}/namespaces/{ns}/resourceclaims`, {
      metadata: { name: "d" },
      spec: {
        devices: {
          requests: [
            { name: "gpu" },
            { name: "gpu", exactly: { deviceClassName: "" } },
            { name: "x", exactly: { deviceClassName: "c", allocationMode: "All", count: 5 } },
            {
              name: "y",
              firstAvailable: [
                { name: "z", deviceClassName: "c" },
                { name: "z", deviceClassName: "c" },
              ],
              exactly: { deviceClassName: "c" },
            },
          ],
        },
      },
    }),
    create(`${dra}/namespaces/{ns}/resourceclaims`, {
      metadata: { name: "d" },
      spec: {
        devices: {
          requests: [
            {
              name: "A_b",
              exactly: { deviceClassName: "c", tolerations: [{ key: "a", operator: "Exists", value: "x" }, { operator: "Equal" }] },
            },
          ],
          constraints: [{ requests: ["nope"], matchAttribute: "bad" }, {}],
          config: [{ requests: ["nope"], opaque: { driver: "d", parameters: {} } }],
        },
      },
    }),
    merge(`${dra}/namespaces/{ns}/resourceclaims/c`, { spec: { devices: { requests: [] } } }),
    merge(`${dra}/namespaces/{ns}/resourceclaims/c/status`, {
      status: { allocation: { devices: { results: [{ request: "gpu", driver: "gpu.example.com", pool: "p", device: "d0" }] } } },
    }),
    merge(`${dra}/namespaces/{ns}/resourceclaims/c/status`, { status: { reservedFor: [{ resource: "pods", name: "p", uid: "u1" }] } }),
    merge(`${dra}/namespaces/{ns}/resourceclaims/c/status`, {
      status: {
        reservedFor: [
          { resource: "", name: "", uid: "" },
          { resource: "pods", name: "p", uid: "u1" },
          { resource: "pods", name: "q", uid: "u1" },
        ],
      },
    }),
    merge(`${dra}/namespaces/{ns}/resourceclaims/c/status`, { status: { allocation: null } }),
    merge(`${dra}/namespaces/{ns}/resourceclaims/c/status`, {
      status: {
        devices: [
          {
            driver: "gpu.example.com",
            pool: "p",
            device: "d0",
            conditions: [{ type: "Ready", status: "True", reason: "R", message: "", lastTransitionTime: "2024-01-01T00:00:00Z" }],
            networkData: { interfaceName: "eth0", ips: ["10.0.0.1/24", "bad"], hardwareAddress: "aa" },
          },
          { driver: "x", pool: "p", device: "d9" },
        ],
      },
    }),
    table(`${dra}/namespaces/{ns}/resourceclaims`),
    create(`${dra}/namespaces/{ns}/resourceclaimtemplates`, {
      metadata: { name: "t" },
      spec: {
        metadata: { labels: { a: "b" } },
        spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu-{u}" } }] } },
      },
    }),
    merge(`${dra}/namespaces/{ns}/resourceclaimtemplates/t`, { spec: { metadata: { labels: { a: "c" } } } }),
    table(`${dra}/namespaces/{ns}/resourceclaimtemplates`),
    create(`${dra}/resourceslices`, {
      metadata: { name: "s-{u}" },
      spec: {
        driver: "gpu.example.com",
        nodeName: "n",
        pool: { name: "n", generation: 1, resourceSliceCount: 1 },
        devices: [
          { name: "d0", attributes: { model: { string: "x" }, "example.com/mem": { int: 5 } }, capacity: { memory: { value: "10Gi" } } },
        ],
      },
    }),
    create(`${dra}/resourceslices`, {
      metadata: { name: "b-{u}" },
      spec: {
        driver: "gpu.example.com",
        nodeName: "n",
        allNodes: true,
        pool: { name: "", generation: -1, resourceSliceCount: 0 },
        devices: [
          { name: "D_", attributes: { model: {}, "bad//x": { string: "a", int: 1 }, v: { version: "1" } } },
          { name: "d" },
          { name: "d" },
        ],
      },
    }),
    merge(`${dra}/resourceslices/s-{u}`, { spec: { nodeName: "m" } }),
    merge(`${dra}/resourceslices/s-{u}`, { spec: { pool: { generation: 2 }, devices: [] } }),
    get(`${dra}/resourceslices?fieldSelector=spec.nodeName%3Dn,spec.driver%3Dgpu.example.com`, {
      pick: (body) => (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name),
    }),
    get(`${dra}/resourceslices?fieldSelector=spec.pool.name%3Dn`),
    table(`${dra}/resourceslices/s-{u}`),
  ),
  life(
    "discovery in forms with ranges of types",
    ...["*/*", "application/*", "application/*;q=0.5,application/yaml", "image/*"].flatMap((type) =>
      ["/api", "/apis"].map((path) =>
        get(path, { headers: { accept: `${type};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList` }, ...told }),
      ),
    ),
  ),
  life(
    "tables of the small groups, empty",
    ...[
      ingresses,
      policies,
      slices,
      leases,
      `${storage}/namespaces/{ns}/csistoragecapacities`,
      `${dra}/namespaces/{ns}/resourceclaims`,
      "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles",
      "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings",
    ].flatMap((path) => [
      table(path),
      get(path),
      get(`${path}?limit=1&resourceVersion=0`, told),
      create(path, {}),
      create(path, { metadata: { name: "x", namespace: "elsewhere" } }, told),
      create(path, { metadata: {} }, told),
      create(
        `${path}?dryRun=All`,
        { metadata: { generateName: "Bad_" } },
        { pick: (body) => (body as { message?: string }).message?.replaceAll(/Bad_\w+/g, "Bad_") },
      ),
      get(`${path}/x`, asTable),
      remove(`${path}/x?propagationPolicy=`),
      put(`${path}/x`, {}),
      put(`${path}/x`, { metadata: { name: "y" } }),
      merge(`${path}/x`, {}),
      remove(`${path}/x`),
    ]),
  ),
];

export default sequences;
