import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";
import { story } from "../stories/story.ts";

/** Annotations that are, or once were, fields: of daemon sets, nodes, pods and autoscalers. */
const ds = "/apis/apps/v1/namespaces/{ns}/daemonsets";
const note = (value: string) => ({ "deprecated.daemonset.template.generation": value });
const set = (name: string, value: string) => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name, annotations: note(value) },
  spec: {
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "x" }] } },
  },
});
const nodes = "/api/v1/nodes";
const taintsKey = "scheduler.alpha.kubernetes.io/taints";
const avoidKey = "scheduler.alpha.kubernetes.io/preferAvoidPods";
const textOf = (value: unknown) => (value === undefined ? null : typeof value === "string" ? value : JSON.stringify(value));
const annotate = (taints: unknown, avoid?: unknown) =>
  patch("merge", `${nodes}/n-{u}`, { metadata: { annotations: { [taintsKey]: textOf(taints), [avoidKey]: textOf(avoid) } } });
const pods = "/api/v1/namespaces/{ns}/pods";
const key = "scheduler.alpha.kubernetes.io/tolerations";
const pod = (name: string, annotations: object, spec: object = {}) => ({
  metadata: { name, annotations },
  spec: { containers: [{ name: "main", image: "x" }], ...spec },
});
const hpa1 = "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers";
const hpa2 = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers";
const tab = (path: string) => get(path, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } });
const sel = (labels: object) => ({ matchLabels: labels });

const sequences: Sequence[] = [
  story(
    "generations of templates that are no numbers",
    create(ds, set("a", "x")),
    create(ds, set("a", "")),
    create(ds, set("a", "1.5")),
    create(ds, set("a", "99999999999999999999")),
    create(ds, set("a", "+5")),
    create(ds, set("b", "-3")),
    create(ds, set("c", "007")),
    create(ds, set("d", "9223372036854775807")),
    get(`${ds}/d`),
    put(`${ds}/a`, set("a", "y")),
    put(`${ds}/a`, set("a", "9")),
    put(`${ds}/a`, set("a", "")),
    put(`${ds}/zz`, set("zz", "")),
    patch("strategic", `${ds}/a`, { metadata: { annotations: note("x") } }),
    patch("json", `${ds}/a`, [{ op: "replace", path: "/metadata/annotations/deprecated.daemonset.template.generation", value: "z" }]),
    patch("merge", `${ds}/a/status`, { metadata: { annotations: note("x") } }),
    put(`${ds}/a/status`, set("a", "y")),
    patch("apply", `${ds}/a?fieldManager=x&force=true`, set("a", "q")),
    patch("apply", `${ds}/zz?fieldManager=x`, set("zz", "q")),
    patch("apply", `${ds}/zz?fieldManager=x`, set("zz", "")),
    patch("apply", `${ds}/zz?fieldManager=x`, set("zz", "12")),
    create(ds, { ...set("a", "x"), spec: { replicas: "x" } }),
    create(`${ds}?fieldValidation=Strict`, { ...set("a", "x"), spec: { replicas: "x" } }),
    remove(ds),
  ),
  story(
    "annotations of nodes",
    create(nodes, {
      metadata: { name: "n-{u}", annotations: { [taintsKey]: "x", [avoidKey]: "{" } },
      spec: { taints: [{ key: "a b", effect: "NoSchedule" }] },
    }),
    create(nodes, { metadata: { name: "n-{u}" } }),
    annotate(""),
    annotate("[]", "{}"),
    annotate("null", "null"),
    annotate("3", "[]"),
    annotate('"x"', '"y"'),
    annotate("{}", "3"),
    annotate("[3]"),
    annotate([
      { key: "a", effect: "NoSchedule" },
      { key: "a", effect: "NoSchedule" },
      { key: "a b", effect: "X" },
    ]),
    annotate([{ Key: "a", Effect: "NoSchedule", Value: "x y" }]),
    annotate(undefined, {
      preferAvoidPods: [
        {
          podSignature: { podController: { apiVersion: "v1", kind: "ReplicationController", name: "x", uid: "u", controller: true } },
          reason: "r",
          message: "m",
        },
      ],
    }),
    annotate(undefined, { preferAvoidPods: [{ podSignature: {} }, { podSignature: { podController: { controller: false } } }, {}] }),
    annotate(undefined, { preferAvoidPods: {} }),
    annotate(undefined, ""),
    annotate(undefined, "{} x"),
    patch("merge", `${nodes}/n-{u}/status`, { metadata: { annotations: { [taintsKey]: "[" } } }),
  ),
  story(
    "tolerations in annotations",
    ...["", "x", "{}", "3", "[3]", "[]", "null"].map((text, i) => create(pods, pod(`p${i}`, { [key]: text }))),
    create(
      pods,
      pod("q", {
        [key]: JSON.stringify([
          { operator: "Equal" },
          { key: "a b", operator: "Exists", value: "x" },
          { Key: "a", Operator: "Exists", tolerationSeconds: 3 },
        ]),
      }),
    ),
    create(
      pods,
      pod(
        "q",
        {
          [key]: "x",
          "controller.kubernetes.io/pod-deletion-cost": "01",
          "kubernetes.io/config.mirror": "y",
          "container.seccomp.security.alpha.kubernetes.io/main": "localhost/../x",
          "container.apparmor.security.beta.kubernetes.io/none": "foo",
        },
        { serviceAccountName: "" },
      ),
    ),
    patch("merge", `${pods}/p0`, { metadata: { annotations: { [key]: "[" } } }),
    create("/apis/apps/v1/namespaces/{ns}/replicasets", {
      metadata: { name: "r" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          ...pod("", { [key]: "x", "controller.kubernetes.io/pod-deletion-cost": "y" }),
          metadata: { labels: { a: "b" }, annotations: { [key]: "x", "controller.kubernetes.io/pod-deletion-cost": "y" } },
        },
      },
    }),
  ),
  story(
    "hpa round trip",
    create(hpa2, {
      metadata: { name: "a" },
      spec: {
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
        metrics: [
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } } },
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
          { type: "External", external: { metric: { name: "q", selector: sel({ a: "b" }) }, target: { type: "Value", value: "30" } } },
        ],
        behavior: { scaleUp: { stabilizationWindowSeconds: 1, tolerance: "100m" } },
      },
    }),
    get(`${hpa1}/a`),
    tab(`${hpa1}/a`),
    tab(`${hpa2}/a`),
    create(hpa1, {
      metadata: {
        name: "b",
        annotations: {
          "autoscaling.alpha.kubernetes.io/metrics": '[{"type":"Pods","pods":{"metricName":"x","targetAverageValue":"10"}}]',
          "autoscaling.alpha.kubernetes.io/behavior": '{"ScaleDown":{"SelectPolicy":"Disabled"}}',
          other: "kept",
        },
      },
      spec: { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "d" }, targetCPUUtilizationPercentage: 70 },
    }),
    get(`${hpa2}/b`),
    put(`${hpa1}/b`, {
      metadata: { name: "b", annotations: { "autoscaling.alpha.kubernetes.io/metrics": "not json" } },
      spec: { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "d" } },
    }),
    get(`${hpa2}/b`),
    patch("merge", `${hpa2}/a/status`, {
      status: {
        currentReplicas: 2,
        desiredReplicas: 3,
        lastScaleTime: "2024-01-01T00:00:00Z",
        observedGeneration: 2,
        currentMetrics: [
          { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 20, averageValue: "100m" } } },
          { type: "Resource", resource: { name: "memory", current: { averageValue: "10Mi" } } },
        ],
        conditions: [{ type: "AbleToScale", status: "True", reason: "r", message: "m", lastTransitionTime: "2024-01-01T00:00:00Z" }],
      },
    }),
    get(`${hpa1}/a`),
    tab(hpa2),
    tab(hpa1),
    patch("merge", `${hpa1}/a`, { spec: { targetCPUUtilizationPercentage: 10 } }),
    get(`${hpa2}/a`),
    patch("merge", `${hpa1}/a`, { metadata: { annotations: { "autoscaling.alpha.kubernetes.io/metrics": null } } }),
  ),
];

export default sequences;
