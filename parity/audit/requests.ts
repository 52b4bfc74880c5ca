import type { Outgoing } from "../http.ts";

/** The policy that both servers have when they are asked. */
export const policy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  rules: [
    { level: "None", verbs: ["get"], nonResourceURLs: ["/livez*", "/version"] },
    { level: "Metadata", resources: [{ group: "", resources: ["secrets", "serviceaccounts/token"] }] },
    { level: "Request", resources: [{ group: "apps" }], omitStages: ["RequestReceived"] },
    { level: "RequestResponse", namespaces: ["audited"], users: ["system:apiserver"] },
    { level: "RequestResponse", resources: [{ group: "", resources: ["endpoints"] }], omitManagedFields: true },
    { level: "None", users: ["system:apiserver"] },
    { level: "RequestResponse" },
  ],
};

const ns = "/api/v1/namespaces/audited";
const json = "application/json";

interface Asked {
  method?: string;
  path: string;
  body?: unknown;
  type?: string;
  headers?: Readonly<Record<string, string>>;
  /** "": without credentials. */
  token?: string;
}

const container = { name: "c", image: "i" };

const asked: readonly Asked[] = [
  { method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: "audited" } } },
  { method: "POST", path: `${ns}/serviceaccounts`, body: { metadata: { name: "default" } } },
  { method: "POST", path: `${ns}/configmaps`, body: { metadata: { name: "c" }, data: { k: '<a href="x">&\u2028' } } },
  { method: "POST", path: `${ns}/configmaps`, body: { metadata: { name: "bad", labels: { a: "<b>" } } } },
  { method: "POST", path: `${ns}/configmaps?dryRun=All`, body: { metadata: { name: "dry", uid: "u" } } },
  { path: `${ns}/configmaps/c` },
  { path: `${ns}/configmaps?limit=1&labelSelector=a%3Db%2Cc` },
  { path: `${ns}/configmaps/none` },
  { path: `${ns}/configmaps/c`, headers: { accept: "application/vnd.kubernetes.protobuf" } },
  { path: `${ns}/configmaps/c`, headers: { accept: "application/yaml" } },
  { path: `${ns}/configmaps/c?pretty=true` },
  { method: "PATCH", path: `${ns}/configmaps/c`, body: { data: { x: "y" } }, type: "application/merge-patch+json" },
  { method: "PATCH", path: `${ns}/configmaps/c`, body: [{ op: "remove", path: "/data/x" }], type: "application/json-patch+json" },
  {
    method: "PATCH",
    path: `${ns}/configmaps/d?fieldManager=m`,
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "d" }, data: { a: "b" } },
    type: "application/apply-patch+yaml",
  },
  { method: "PUT", path: `${ns}/configmaps/c`, body: { metadata: { name: "c" }, data: { k: "w" } } },
  {
    method: "POST",
    path: `${ns}/pods`,
    body: { metadata: { name: "p" }, spec: { containers: [container], automountServiceAccountToken: false } },
  },
  { method: "POST", path: `${ns}/pods`, body: { metadata: { name: "none" }, spec: { containers: [] } } },
  { method: "POST", path: `${ns}/configmaps`, body: '{"metadata":' },
  { method: "POST", path: `${ns}/configmaps`, body: "a: b", type: "text/plain" },
  { method: "DELETE", path: `${ns}/configmaps/c`, body: { propagationPolicy: "Background", gracePeriodSeconds: 0 } },
  { method: "DELETE", path: `${ns}/configmaps/d` },
  { method: "DELETE", path: `${ns}/pods/p?gracePeriodSeconds=0` },
  { method: "DELETE", path: `${ns}/configmaps?labelSelector=x%3Dy` },
  { path: `${ns}/pods`, headers: { "impersonate-user": "tim", "impersonate-group": "g1" } },
  {
    path: `${ns}/pods`,
    headers: { "impersonate-user": "system:serviceaccount:audited:default", "impersonate-uid": "u1", "impersonate-extra-a-b": "c" },
  },
  { path: `${ns}/pods`, headers: { "impersonate-user": "system:serviceaccount:audited:default" } },
  { path: `${ns}/pods`, token: "wrong" },
  { path: `${ns}/pods`, token: "" },
  { path: "/healthz", token: "" },
  { path: "/version?x=1" },
  { path: "/livez/ping" },
  { path: "/nope" },
  { path: "/apis/nope/v1/things" },
  { path: `${ns}/nope` },
  { path: "/apis/apps" },
  { method: "POST", path: `${ns}/serviceaccounts/default/token`, body: { spec: { expirationSeconds: 600 } } },
  {
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: { spec: { resourceAttributes: { verb: "get", resource: "pods" } } },
  },
  { path: `${ns}/configmaps?watch=1&timeoutSeconds=1` },
  { path: `${ns}/configmaps?timeout=xx` },
  { path: `${ns}/endpoints` },
  { path: `${ns}/pods/none/log` },
  { path: `${ns}/pods/none/exec?command=ls` },
  {
    path: `${ns}/configmaps?limit=1`,
    headers: { "x-forwarded-for": "1.2.3.4, 5.6.7.8, nobody", "x-real-ip": "9.9.9.9", "user-agent": "a".repeat(1100) },
  },
  { method: "OPTIONS", path: `${ns}/configmaps` },
  { method: "HEAD", path: `${ns}/configmaps/d` },
  { method: "POST", path: `${ns}/secrets`, body: { metadata: { name: "s" }, stringData: { a: "b" } } },
  { path: `${ns}/secrets/s` },
  { path: `${ns}/secrets/none` },
  { method: "DELETE", path: `${ns}/secrets/s` },
  {
    method: "POST",
    path: "/apis/apps/v1/namespaces/audited/replicasets",
    body: {
      metadata: { name: "r" },
      spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [container] } } },
    },
  },
  { path: "/apis/apps/v1/namespaces/audited/replicasets/r/scale" },
  {
    method: "PUT",
    path: "/apis/apps/v1/namespaces/audited/replicasets/r/scale",
    body: { metadata: { name: "r", namespace: "audited" }, spec: { replicas: 0 } },
  },
  { method: "DELETE", path: "/apis/apps/v1/namespaces/audited/replicasets/r" },
  {
    method: "PATCH",
    path: "/api/v1/namespaces/audited",
    body: { metadata: { labels: { "pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/audit": "restricted" } } },
    type: "application/merge-patch+json",
  },
  {
    method: "POST",
    path: `${ns}/pods?dryRun=All`,
    body: { metadata: { name: "secure" }, spec: { containers: [container], automountServiceAccountToken: false } },
  },
  {
    method: "POST",
    path: `${ns}/pods?dryRun=All`,
    body: { metadata: { name: "host" }, spec: { hostNetwork: true, containers: [container], automountServiceAccountToken: false } },
  },
  { method: "DELETE", path: "/api/v1/namespaces/audited" },
];

/** The requests, each with a name of its own by which its events are found. */
export function auditRequests(token: string): (Outgoing & { id: string })[] {
  return asked.map(({ method = "GET", path, body, type = json, headers = {}, token: own }, at) => {
    const id = `request-${at}`;
    const bytes = body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const bearer = own ?? token;
    return {
      id,
      method,
      path,
      headers: {
        accept: json,
        "user-agent": "parity",
        "audit-id": id,
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...(bytes ? { "content-type": type } : {}),
        ...headers,
      },
      ...(bytes ? { bytes } : {}),
    };
  });
}
