import { describe, expect, it } from "vitest";
import type { Pod } from "../api/core/v1.ts";
import { pods } from "../api/refs.ts";
import type { Cluster } from "./cluster.ts";
import type { FaultMatch } from "./faults.ts";
import { clusters, deployment } from "./fixtures/started.ts";
import type { PodStage } from "./pod-stage.ts";
import { startCluster } from "./start-cluster.ts";
import type { StartOptions } from "./start-options.ts";

/** What somebody writes whom no type holds back. */
const wrongly = <T>(value: unknown) => value as T;

describe("who makes a mistake is told what would be right", () => {
  const { start } = clusters();
  const map = (name: string, namespace?: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, ...(namespace ? { namespace } : {}) },
  });

  it.each<[unknown, string]>([
    [{ node: 3 }, `startCluster knows no "node": did you mean "nodes"?; there are: from, controllers, scheduler, nodes, stages, `],
    [{ nodes: -1 }, "nodes is how many there are, 0 or more; not -1"],
    [{ nodes: "3" }, 'nodes is how many there are, 0 or more; not "3"'],
    [{ clock: "fake" }, 'clock is "virtual" or "real"; not "fake"'],
    [{ now: "yesterday" }, 'now is a date, such as "2026-03-28T00:00:00Z"; not "yesterday"'],
    [{ controllers: "lifecycles" }, 'controllers are "none", "lifecycle", "all", or a list of names; not "lifecycles"'],
    [{ stages: [{ redy: "5s" }] }, 'a stage knows no "redy": did you mean "ready"?; there are: pods, container, image, '],
  ])("in options: %j", async (options, message) => {
    await expect(startCluster(wrongly<StartOptions>(options))).rejects.toThrow(message);
  });

  it("in stages and faults", async () => {
    const cluster = await start({ controllers: "none" });
    const stage = (said: unknown) => () => cluster.stage(wrongly<PodStage>(said));
    expect(stage({ pods: { lables: {} } })).toThrow(
      'pods of a stage knows no "lables": did you mean "labels"?; there are: namespace, name, labels',
    );
    expect(stage({ pull: { fail: 3 } })).toThrow(
      'pull of a stage knows no "fail": did you mean "fails"?; there are: takes, fails, message',
    );
    expect(stage({ ready: { least: "1s", most: "five" } })).toThrow(/^a duration is a text such as .*; not "five"$/);
    const fault = (match: unknown) => () => cluster.faults.unavailable(wrongly<FaultMatch>(match));
    expect(fault({ users: "dev" })).toThrow(
      'a fault knows no "users": did you mean "user"?; there are: verb, resource, namespace, name, user, times',
    );
    expect(fault({ verb: ["get", "lst"] })).toThrow('there is no verb "lst": did you mean "list"?; there are: get, list, watch, create, ');
    expect(() => cluster.faults.fail(200)).toThrow("the code of an error is one of 400 to 599; not 200");
    cluster.faults.fail(418, { times: 1 });
    await expect(cluster.client.list(pods)).rejects.toMatchObject({ code: 418, message: "a fault of code 418" });
  });

  it("in what is waited for", async () => {
    const cluster = await start({ controllers: "none" });
    const waiting = (target: string, condition: Parameters<Cluster["until"]>[1] = "exists") =>
      cluster.until(target, condition, { timeout: "1s" });
    await cluster.apply(map("here", "kube-system"));
    await expect(waiting("configmap/here")).rejects.toThrow(
      'configmap/here in namespace default does not exist within 1 s: there is no such object\nThere is one in namespace kube-system: { namespace: "kube-system" }',
    );
    await expect(waiting("deploiment/web")).rejects.toThrow(
      `the server doesn't have a resource type "deploiment": did you mean "deployment"?`,
    );
    await expect(waiting("pod/p", (pod: Pod) => pod.status?.phase === "Running")).rejects.toThrow(
      "pod/p in namespace default is not as expected within 1 s: there is no such object",
    );
    await cluster.until("pod/p", (pod?: Pod) => pod === undefined);
    await cluster.apply(map("c"));
    await expect(waiting("configmap/c", (object: Pod) => object.status?.phase === "Running")).rejects.toThrow(
      "configmap/c in namespace default is not as expected within 1 s: the condition does not hold",
    );
    await expect(waiting("configmap/c", (object) => object.status.phase === "Running")).rejects.toThrow(
      "Cannot read properties of undefined (reading 'phase')",
    );
  });

  it("in what is left to wait for: without await, without a release, without a scheduler", async () => {
    const cluster = await start({ controllers: "none", nodes: 1 });
    await cluster.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } });
    await expect(cluster.until("pod/p", "ready", { timeout: "1m" })).rejects.toThrow(
      "pod/p in namespace default is not ready within 1 min: nobody has chosen a node for it: does the scheduler run?",
    );
    const forgotten = cluster.until("pod/p", "ready").catch((error: Error) => error.message);
    cluster.clock.hold();
    await cluster.stop();
    expect(await forgotten).toBe("the cluster is stopped while pod/p in namespace default is waited for: is an await missing?");
  });

  it("in manifests", async () => {
    const cluster = await start({ controllers: "none" });
    const applied = (manifests: unknown) => cluster.apply(wrongly<string>(manifests));
    const object = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: "x" } });
    await expect(applied(object("v1", "Deployment"))).rejects.toThrow('no matches for kind "Deployment" in version "v1": it is in apps/v1');
    await expect(applied(object("apps/v1", "Deploymnt"))).rejects.toThrow(
      'no matches for kind "Deploymnt" in version "apps/v1": did you mean "Deployment"?',
    );
    await expect(applied(object("example.com/v1", "Thing"))).rejects.toThrow(
      'no matches for kind "Thing" in version "example.com/v1": is its CustomResourceDefinition applied before it, or with it?',
    );
    await expect(applied({ ...map(""), metadata: { generateName: "x-" } })).rejects.toThrow(
      "an object is named by its metadata.name: this ConfigMap has none",
    );
    await expect(applied("./deploy.yaml")).rejects.toThrow(
      'a manifest is an object; not "./deploy.yaml": read the file first, or start the cluster with { install: "./deploy.yaml" }',
    );
    const kinds = "manifests are text in YAML or JSON, objects, or arrays of these; not";
    await expect(applied(undefined)).rejects.toThrow(`${kinds} undefined`);
    await expect(applied([null])).rejects.toThrow(`${kinds} null`);
    await expect(applied(Promise.resolve(""))).rejects.toThrow(`${kinds} a promise: await it first`);
    await expect(applied(Buffer.from("kind: Pod"))).rejects.toThrow(`${kinds} bytes: read files as text, in utf8`);
    await expect(applied("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x\ndata: {}")).rejects.toThrow(
      /^the manifest is no YAML: Flow map in block collection must be sufficiently indented and end with a } at line 4, column 1:/,
    );
    await expect(applied(map("x", "nowhere"))).rejects.toThrow('namespaces "nowhere" not found');
  });

  it("in calls: what has no name is not taken for everything", async () => {
    const { client } = await start({ controllers: "none" });
    await client.create(pods, { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } });
    const name = wrongly<string>(undefined);
    await expect(client.get(pods, name)).rejects.toThrow("the name of the Pod is missing: it is undefined");
    await expect(client.delete(pods, "")).rejects.toThrow('the name of the Pod is missing: it is ""');
    await expect(client.update(pods, { metadata: {} })).rejects.toThrow("the name of the Pod is missing: it is undefined");
    await expect(client.patch(pods, name, { type: "application/merge-patch+json", body: {} })).rejects.toThrow(
      "the name of the Pod is missing",
    );
    await expect(client.create(pods, wrongly<Pod>({}))).rejects.toThrow("an object needs metadata: this Pod is {}");
    await expect(client.list(wrongly<typeof pods>("pods"))).rejects.toThrow(
      'a kind is what kybern/client exports, such as pods, or what defineKind gives; not "pods"',
    );
    expect((await client.list(pods)).items).toHaveLength(1);
  });

  it("in users and webhooks", async () => {
    const cluster = await start({ controllers: "none" });
    await expect(cluster.user("dev", { role: "veiw" })).rejects.toThrow('there is no ClusterRole "veiw": did you mean "view"?');
    await cluster.admissionWebhook(
      "default/hook",
      wrongly(() => 3),
    );
    await cluster.apply({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "hook" },
      webhooks: [
        {
          name: "hook.example.com",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { service: { namespace: "default", name: "hook" } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
        },
      ],
    });
    await expect(cluster.apply(map("c"))).rejects.toThrow(
      "the webhook's function gave 3; it gives true, false, the reason of a refusal, or the object as it should be",
    );
  });

  it("by using a cluster that has been stopped", async () => {
    const cluster = await start({ nodes: 1 });
    const { client } = cluster.connection();
    await cluster.stop();
    const stopped = "the cluster has been stopped";
    await expect(cluster.client.list(pods)).rejects.toThrow(stopped);
    await expect(client.list(pods)).rejects.toThrow(stopped);
    await expect(cluster.apply(deployment("web", 1))).rejects.toThrow(stopped);
    await expect(cluster.until("pod/p", "exists")).rejects.toThrow(stopped);
    await expect(cluster.advance("1h")).rejects.toThrow(stopped);
    await expect(cluster.serve()).rejects.toThrow(stopped);
    await expect(cluster.save("/nonexistent/file")).rejects.toThrow(stopped);
    expect(() => cluster.fork()).toThrow(stopped);
    await cluster.stop();
  });
});
