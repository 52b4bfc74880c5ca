import { life, merge } from "../lives.ts";
import { create, get, remove, type Sequence } from "../sequences.ts";

/** What operators ask in the course of a day: labels and fields in every way, deletes with conditions. */
const core = "/api/v1/namespaces/{ns}";
const apps = "/apis/apps/v1/namespaces/{ns}";
const maps = `${core}/configmaps`;
const pods = `${core}/pods`;
const names = {
  pick: (body: unknown) => {
    const { items, metadata } = body as {
      items?: { metadata: { name: string } }[];
      metadata?: { remainingItemCount?: number; continue?: string };
    };
    return items ? [items.map((item) => item.metadata.name), metadata?.remainingItemCount ?? null, metadata?.continue ? "more" : ""] : body;
  },
};
const map = (name: string, labels: object = {}) => create(maps, { metadata: { name, labels }, data: { a: name } });
const pod = (name: string, more: object = {}, spec: object = {}) =>
  create(pods, { metadata: { name, ...more }, spec: { containers: [{ name: "a", image: "b" }], ...spec } });

const sequences: Sequence[] = [
  life(
    "labels asked for in every way",
    map("a", { env: "prod", tier: "web" }),
    map("b", { env: "prod", tier: "" }),
    map("c", { env: "dev" }),
    map("d", {}),
    ...[
      "env=prod",
      "env==prod,tier=web",
      "env!=prod",
      "env in (prod, dev)",
      "env in (prod),tier notin (web)",
      "env in ()",
      "env in (,)",
      "env notin (prod,)",
      "env notin ()",
      "tier=",
      "tier!=",
      "tier==,env",
      "!env",
      "! env",
      "!env=prod",
      "env,!tier",
      "env>1",
      "env>abc",
      "env<",
      "=prod",
      "env=prod=x",
      "env in prod",
      "env in (prod",
      "(env)",
      "env,,tier",
      ",",
      " env = prod ",
      "env=prod,env=dev",
      "example.com/x=y",
      "example.com/x/y=z",
      "-x=y",
      "x=-y",
      "x=y z",
      "env IN (prod)",
      "in in (in)",
      "notin",
      `env=${"x".repeat(64)}`,
    ].map((selector) => get(`${maps}?labelSelector=${encodeURIComponent(selector)}`, names)),
  ),
  life(
    "fields asked for in every way",
    pod("a", { labels: { x: "y" } }),
    pod("b", {}, { nodeName: "n", restartPolicy: "Never", serviceAccountName: "default" }),
    merge(`${pods}/b/status`, { status: { phase: "Running", podIP: "192.0.2.7", podIPs: [{ ip: "192.0.2.7" }], nominatedNodeName: "m" } }),
    ...[
      "metadata.name=a",
      "metadata.name!=a,metadata.namespace={ns}",
      "metadata.name=a,metadata.name=b",
      "spec.nodeName=",
      "spec.nodeName!=",
      "spec.nodeName=n,status.phase=Running",
      "status.phase!=Running",
      "status.podIP=192.0.2.7",
      "status.podIPs=192.0.2.7",
      "status.nominatedNodeName=m",
      "spec.restartPolicy=Never",
      "spec.schedulerName=default-scheduler",
      "spec.serviceAccountName=default",
      "spec.hostNetwork=false",
      "spec.hostNetwork=true",
      "spec.hostname=x",
      "status.reason=x",
      "metadata.labels.x=y",
      "metadata.uid=x",
      "metadata.name",
      "metadata.name>a",
      "metadata.name in (a)",
      "metadata.name=a\\,b",
      "metadata.name=a\\",
      "=a",
      "",
      ",",
      "metadata.name==a",
      "metadata.name=A",
      "name=a",
    ].map((selector) => get(`${pods}?fieldSelector=${encodeURIComponent(selector)}`, names)),
    get(`${pods}/a?fieldSelector=metadata.name%3Db`, { pick: (body) => (body as { kind: string }).kind }),
    ...[
      "replicationcontrollers?fieldSelector=status.replicas%3D0",
      "services?fieldSelector=spec.type%3DClusterIP,spec.clusterIP%3DNone",
    ].map((rest) => get(`${core}/${rest}`, names)),
    ...["deployments", "replicasets", "statefulsets", "daemonsets"].map((kind) =>
      get(`${apps}/${kind}?fieldSelector=status.replicas%3D0`, names),
    ),
    get("/api/v1/namespaces?fieldSelector=status.phase%3DActive,metadata.name%3D{ns}", names),
    get("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue,metadata.name%3Dnone-{u}", names),
    get(`${core}/events?fieldSelector=involvedObject.kind%3DPod,reason%3Dx,type%3DNormal,source%3Dx,reportingComponent%3Dy`, names),
    get("/apis/batch/v1/namespaces/{ns}/jobs?fieldSelector=status.successful%3D1,spec.x%3Dy", names),
    get("/apis/batch/v1/namespaces/{ns}/cronjobs?fieldSelector=spec.suspend%3Dtrue", names),
  ),
  life(
    "deletes with conditions",
    map("a", { x: "1" }),
    map("b", { x: "1" }),
    map("c", { x: "2" }),
    remove(`${maps}/a`, { preconditions: { uid: "not-this" } }),
    remove(`${maps}/a`, { preconditions: { resourceVersion: "1" } }),
    remove(`${maps}/a`, { preconditions: {}, dryRun: ["All"] }),
    remove(`${maps}/a`, { dryRun: ["Some"] }),
    remove(`${maps}/a`, { dryRun: "All" }),
    remove(`${maps}/a`, { propagationPolicy: "Sideways" }),
    remove(`${maps}/a`, { propagationPolicy: "" }),
    remove(`${maps}/a`, { gracePeriodSeconds: -1 }),
    remove(`${maps}/a`, { gracePeriodSeconds: "5" }),
    remove(`${maps}/a`, { kind: "DeleteOptions", apiVersion: "v2" }),
    remove(`${maps}/a`, { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "a" } }),
    remove(`${maps}/a`, { orphanDependents: true, propagationPolicy: "Foreground" }),
    remove(`${maps}/a?gracePeriodSeconds=x`),
    remove(`${maps}/a?propagationPolicy=Sideways`),
    remove(`${maps}/a?propagationPolicy=Foreground`, { propagationPolicy: "Background" }),
    remove(`${maps}/a`, { unknownField: true }),
    remove(`${maps}/a?fieldValidation=Strict`, { unknownField: true }),
    remove(`${maps}?labelSelector=x%3D1&dryRun=All`, undefined, names),
    remove(`${maps}?labelSelector=x%20in%20(`, undefined, names),
    remove(`${maps}?fieldSelector=metadata.name%3Dc`, { preconditions: { uid: "x" } }, names),
    remove(`${maps}?limit=1`, undefined, names),
    remove(`${maps}?labelSelector=x%3D9`, undefined, names),
    remove(maps, { gracePeriodSeconds: 0, propagationPolicy: "Orphan" }, names),
    get(maps, names),
    remove("/api/v1/configmaps"),
    remove(`${core}/services`, undefined, names),
    remove(`${core}/services/none`),
    remove("/api/v1/namespaces?labelSelector=x%3Dnone"),
    remove(`${core}/bindings`),
    remove(`${pods}/none/status`),
  ),
];

export default sequences;
