import { applied, json, life, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

/** What people with few rights get told about storage, devices, nodes, certificates and roles; and what these do across namespaces. */
const core = "/api/v1/namespaces/{ns}";
const storage = "/apis/storage.k8s.io/v1";
const dra = "/apis/resource.k8s.io/v1";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const namespaces = "/api/v1/namespaces";
const priorities = "/apis/scheduling.k8s.io/v1/priorityclasses";
const carol = { name: "carol-{u}", groups: ["system:authenticated"] };
const as = (request: Request): Request => ({ ...request, user: carol });
const roles = `${rbac}/namespaces/{ns}/roles`;
const bindings = `${rbac}/namespaces/{ns}/rolebindings`;
/** Lets Carol do something in the namespace. */
const allow = (name: string, ...rules: object[]): Request[] => [
  create(roles, { metadata: { name }, rules }),
  create(bindings, { metadata: { name }, subjects: [{ kind: "User", name: "carol-{u}" }], roleRef: { kind: "Role", name } }),
];
const allowEverywhere = (name: string, ...rules: object[]): Request[] => [
  create(`${rbac}/clusterroles`, { metadata: { name: `${name}-{u}` }, rules }),
  create(`${rbac}/clusterrolebindings`, {
    metadata: { name: `${name}-{u}` },
    subjects: [{ kind: "User", name: "carol-{u}" }],
    roleRef: { kind: "ClusterRole", name: `${name}-{u}` },
  }),
];
/** Of `O=devs, CN=jane`, with an RSA key. */
const pem =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ1l6Q0NBVXNDQVFBd0hqRU5NQXNHQTFVRUNnd0VaR1YyY3pFTk1Bc0dBMV" +
  "VFQXd3RWFtRnVaVENDQVNJdwpEUVlKS29aSWh2Y05BUUVCQlFBRGdnRVBBRENDQVFvQ2dnRUJBSjZLeDlDMkE5bmtaQVovcDBvN205RG5XVmwx" +
  "CkpjKzRwOUV6ZnFIallQbmRJSjBnWDg0aVhoTFRrQ3dpUG1HYzVvOEIzbEhxNXlOZE1oUjNOZ0FLazVVaVZHclQKcnZNT0dYNmVOUHNmWjNZbl" +
  "F6aHFqZFkyWmlvcFhjQ2E5d2hxMXhCUVdiNUVCN205Rm9yemJjNlVpV3EzUnphNQpaMk5iS1dEU1p0aCtNZ2pwQXArdnh1Z1d2NVJaMlZOcm9E" +
  "MWY5T0NiZml5NDIwcGRzNm9qQ1lhVlF0U2lpUHdqCnMrRklmQUh3dnhwRjBUOVBXcUVmWmJkQ0pHTzgvTXkzUnNsbzc2dmhERTBXdEFLQVVSMX" +
  "NiRFJDMHh5RmZMWjQKWTVHSHdJc3FCdlZBNjFPVmthV2RNRWhCcSt2d1VYdVFad2RRRk53M2Rxc0Y1MmhVK3ZGdzBRcS9PUnNDQXdFQQpBYUFB" +
  "TUEwR0NTcUdTSWIzRFFFQkN3VUFBNElCQVFDRzh4a0YvM0V5OWs5eWN1TWlvV1BlMWFPd0taR3MwTkI4CisvRlh6WDZpdDV0ak1tUmYxY3dpdF" +
  "pIMFkxM3NtaUFTbDJHQk83MmNtRHFtS3hRZmhpak1NVFBDWjh4Tlh4ZjkKVkdISGxnbTBIQ1htOGs0WGFmN1lmRlQ0cngwOG8yNUpCUisyblc5" +
  "blNweDN6UzdEelVFeXkyTXY5bG1CZnNPNwp1VTJqRUwxMlBhNFg3ek5mcVkxNkhPVitSaFU0eVNvSmFzcXdxSGNrMWFLQ2ZDZW1iUHAxZUU1d1" +
  "ZWSGRCdHB1CmlEdTg5ekxPSWdRaHE3QjMzcGtzT0hmT25zeFRhNEdrU2xVcm1EV1lERldOZjBobVdJZy8wb215TXNMUFR1SnYKdWlsQjYzM0Vj" +
  "aEwzTG1LYTU5VmU1clZuazVGKzMwMXh2YjZrdkNCejR6bWlDWC9xcW1FTAotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";
const signing = (name: string, signerName: string, usages = ["client auth", "digital signature"]) => ({
  metadata: { name },
  spec: { request: pem, signerName, usages },
});
const condition = (type: string, more: object = {}) => ({
  type,
  status: "True",
  reason: "R",
  message: "m",
  lastUpdateTime: "2024-01-01T00:00:00Z",
  ...more,
});
const approve = (name: string, ...conditions: object[]) => merge(`${requests}/${name}/approval`, { status: { conditions } });

const sequences: Sequence[] = [
  life(
    "a stranger at every door",
    ...[
      `${storage}/storageclasses`,
      `${storage}/namespaces/{ns}/csistoragecapacities`,
      "/api/v1/persistentvolumes",
      `${dra}/resourceslices`,
      `${dra}/namespaces/{ns}/resourceclaims`,
      `${rbac}/clusterroles`,
      bindings,
      requests,
      "/api/v1/nodes",
      namespaces,
      priorities,
    ].flatMap((path) => [
      as(get(path)),
      as(get(`${path}/x`)),
      as(get(`${path}?watch=1`)),
      as(create(path, { metadata: { name: "x" } })),
      as(put(`${path}/x/status`, {})),
      as(merge(`${path}/x`, {})),
      as(remove(`${path}/x`)),
      as(remove(path)),
    ]),
    as(get("/api/v1/nodes/x/proxy/logs")),
    as(put(`${namespaces}/{ns}/finalize`, {})),
    as(create(`${core}/serviceaccounts/default/token`, {})),
    as(merge(`${requests}/x/approval`, {})),
    as(get(`${rbac}/roles`)),
    as(get(`${core}/persistentvolumeclaims`, { headers: { accept: "application/yaml" } })),
    as(get("/api/v1/persistentvolumeclaims", { headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" } })),
    as(
      applied(`${dra}/namespaces/{ns}/resourceclaims/x`, "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: x}\n", "m"),
    ),
    as(get(`${core}/nonsense`)),
    as(get("/apis/nonsense.io/v1/things")),
    as(get("/metrics")),
    as(get("/healthz")),
    as(get("/apis/storage.k8s.io/v1")),
  ),
  life(
    "roles by somebody with some rights",
    ...allow(
      "maker",
      { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["*"] },
      { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list"] },
    ),
    as(create(roles, { metadata: { name: "a" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] })),
    as(
      create(roles, {
        metadata: { name: "b" },
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get", "delete", "list"] },
          { apiGroups: ["apps"], resources: ["*"], verbs: ["get"] },
        ],
      }),
    ),
    as(create(roles, { metadata: { name: "c" }, rules: [{ apiGroups: [""], resources: ["pods"], resourceNames: ["x"], verbs: ["get"] }] })),
    as(create(roles, { metadata: { name: "d" }, rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] })),
    as(create(roles, { metadata: { name: "e" }, rules: null })),
    as(merge(`${roles}/a`, { rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] })),
    as(merge(`${roles}/a`, { metadata: { labels: { x: "y" } } })),
    as(json(`${roles}/a`, [{ op: "add", path: "/rules/0/verbs/-", value: "watch" }])),
    as(
      applied(
        `${roles}/f`,
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: f}\nrules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]\n',
        "m",
      ),
    ),
    as(put(`${roles}/g`, { metadata: { name: "g" }, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] })),
    as(put(`${roles}/g`, { metadata: { name: "g" }, rules: [{ apiGroups: [""], resources: ["pods/log"], verbs: ["list"] }] })),
    as(create(bindings, { metadata: { name: "a" }, subjects: [{ kind: "User", name: "x" }], roleRef: { kind: "Role", name: "a" } })),
    as(
      create(
        bindings,
        { metadata: { name: "b" }, subjects: [{ kind: "User", name: "x" }], roleRef: { kind: "ClusterRole", name: "view" } },
        { pick: (body) => (body as { message: string }).message?.slice(0, 200) },
      ),
    ),
    as(create(bindings, { metadata: { name: "c" }, subjects: [{ kind: "User", name: "x" }], roleRef: { kind: "Role", name: "missing" } })),
    as(merge(`${bindings}/a`, { subjects: [{ kind: "User", name: "y" }] })),
    as(create(`${rbac}/clusterroles`, { metadata: { name: "x-{u}" }, rules: [] })),
    as(create(bindings, { metadata: { name: "Bad/" }, roleRef: { kind: "Role", name: "missing" } })),
    ...allow(
      "binder",
      { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], resourceNames: ["view"], verbs: ["bind"] },
      { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["escalate"] },
    ),
    as(
      create(bindings, {
        metadata: { name: "b" },
        subjects: [{ kind: "User", name: "x" }],
        roleRef: { kind: "ClusterRole", name: "view" },
      }),
    ),
    as(create(roles, { metadata: { name: "d" }, rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] })),
    as(create(bindings, { metadata: { name: "d" }, subjects: [{ kind: "User", name: "x" }], roleRef: { kind: "Role", name: "d" } })),
    as(remove(roles, undefined, { path: `${roles}?labelSelector=x%3Dy`, pick: (body) => (body as { items: unknown[] }).items.length })),
  ),
  life(
    "requests for certificates by somebody with some rights",
    ...allowEverywhere("csr", {
      apiGroups: ["certificates.k8s.io"],
      resources: ["certificatesigningrequests", "certificatesigningrequests/approval", "certificatesigningrequests/status"],
      verbs: ["*"],
    }),
    as(create(requests, signing("mine-{u}", "example.com/a"))),
    as(approve("mine-{u}", condition("Approved"))),
    as(merge(`${requests}/mine-{u}/status`, { status: { conditions: [condition("Failed")] } })),
    as(merge(`${requests}/mine-{u}`, { metadata: { labels: { a: "b" } } })),
    as(merge(`${requests}/mine-{u}`, { spec: { username: "root" } })),
    ...allowEverywhere("approver", {
      apiGroups: ["certificates.k8s.io"],
      resources: ["signers"],
      resourceNames: ["example.com/*"],
      verbs: ["approve"],
    }),
    as(approve("mine-{u}", condition("Approved"))),
    as(approve("mine-{u}", condition("Denied"))),
    as(merge(`${requests}/mine-{u}/status`, { status: { certificate: "eA==" } })),
    ...allowEverywhere("signer", {
      apiGroups: ["certificates.k8s.io"],
      resources: ["signers"],
      resourceNames: ["example.com/a"],
      verbs: ["sign"],
    }),
    as(merge(`${requests}/mine-{u}/status`, { status: { certificate: "eA==" } })),
    as(merge(`${requests}/mine-{u}/status`, { status: { conditions: [condition("Approved"), condition("Failed", { message: "x" })] } })),
    as(create(requests, signing("other-{u}", "kubernetes.io/kube-apiserver-client"))),
    as(approve("other-{u}", condition("Approved"))),
    as(create(requests, signing("masters-{u}", "kubernetes.io/kubelet-serving", ["server auth", "digital signature"]))),
    table(`${requests}?fieldSelector=metadata.name%3Dmine-{u}`),
    get(`${requests}/mine-{u}`),
    as(get(`${requests}/mine-{u}`, { headers: { accept: "application/yaml" }, pick: (body) => (body as { spec: unknown }).spec })),
    as(remove(`${requests}/mine-{u}`)),
  ),
  life(
    "conditions of certificate requests",
    create(requests, signing("c-{u}", "example.com/a")),
    approve("c-{u}", { type: "Approved" }),
    approve("c-{u}", condition("Approved", { status: "Unknown" })),
    approve("c-{u}", condition("", {}), condition("Odd")),
    approve("c-{u}", condition("Failed")),
    approve("c-{u}", condition("Approved"), condition("Approved")),
    approve("c-{u}", condition("Approved"), condition("Denied")),
    approve("c-{u}", condition("Denied", { lastTransitionTime: "2020-01-01T00:00:00Z" })),
    approve("c-{u}", condition("Denied", { reason: "other" })),
    approve("c-{u}"),
    merge(`${requests}/c-{u}/status`, { status: { conditions: [] } }),
    strategic(`${requests}/c-{u}/status`, { status: { conditions: [condition("Failed")] } }),
    strategic(`${requests}/c-{u}/approval`, { status: { conditions: [condition("Odd")] } }),
    applied(
      `${requests}/c-{u}/status`,
      'apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {name: "c-{u}"}\nstatus: {conditions: [{type: Mine, status: "True", reason: r}]}\n',
      "m",
    ),
    table(`${requests}/c-{u}`),
    get(`${requests}/c-{u}/approval`),
    remove(`${requests}/c-{u}`, { propagationPolicy: "Orphan" }),
  ),
  life(
    "devices for administrators",
    create(namespaces, { metadata: { name: "adm-{u}", labels: { "resource.kubernetes.io/admin-access": "true" } } }),
    ...[core, "/api/v1/namespaces/adm-{u}"].flatMap((place) => {
      const path = `${place.replace("/api/v1", dra)}/resourceclaims`;
      return [
        create(path, {
          metadata: { name: "a" },
          spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c", adminAccess: true } }] } },
        }),
        create(`${path}templates`, {
          metadata: { name: "a" },
          spec: { spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c", adminAccess: true } }] } } },
        }),
        create(path, {
          metadata: { name: "b" },
          spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c", adminAccess: false } }] } },
        }),
        merge(`${path}/a/status`, {
          status: { allocation: { devices: { results: [{ request: "r", driver: "d", pool: "p", device: "x", adminAccess: true }] } } },
        }),
        merge(`${path}/b/status`, {
          status: { allocation: { devices: { results: [{ request: "r", driver: "d", pool: "p", device: "x", adminAccess: true }] } } },
        }),
        get(`${path}/a`),
      ];
    }),
  ),
  life(
    "lists across namespaces and levels",
    create(`${core}/serviceaccounts`, { metadata: { name: "lonely-{u}" } }),
    create(roles, { metadata: { name: "lonely-{u}" }, rules: [] }),
    ...["/api/v1/serviceaccounts", `${rbac}/roles`].flatMap((path) => [
      get(`${path}?fieldSelector=metadata.name%3Dlonely-{u}`),
      get(`${path}?fieldSelector=metadata.name%3Dlonely-{u},metadata.namespace%3D{ns}`, {
        headers: { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" },
      }),
      get(`${path}?fieldSelector=metadata.namespace%3Dnone-{u}`),
      get(`${path}?fieldSelector=metadata.namespace!%3D{ns},metadata.name%3Dlonely-{u}`),
      create(path, { metadata: { name: "x", namespace: "{ns}" } }),
      remove(path),
      get(`${path}/lonely-{u}`),
    ]),
    get(`${priorities}?fieldSelector=metadata.name%3Dsystem-node-critical`, {
      pick: (body) => (body as { items: { value: number }[] }).items.map(({ value }) => value),
    }),
    remove(`${priorities}?fieldSelector=metadata.name%3Dsystem-none&dryRun=All`, undefined, {
      pick: (body) => (body as { items: unknown[] }).items,
    }),
    get("/api/v1/componentstatuses/none"),
    get("/api/v1/componentstatuses?labelSelector=a%3Db"),
    create("/api/v1/componentstatuses", {}),
    patch("merge", "/api/v1/componentstatuses/etcd-0", {}),
  ),
];

export default sequences;
