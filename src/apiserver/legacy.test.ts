import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { AnyObject } from "../machinery/object.ts";
import { createLegacyConverter } from "./legacy.ts";
import { TestServer } from "./testing/test-server.ts";

const talks = join(import.meta.dirname, "../../examples/talks");
const manifests = readdirSync(talks, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(json|ya?ml)$/.test(file))
  .sort();

const started = () => TestServer.started({ legacy: createLegacyConverter() });

const plurals: Record<string, string> = {
  Pod: "pods",
  Service: "services",
  ReplicationController: "replicationcontrollers",
  Deployment: "deployments",
};

/** As kubectl posts a file: the namespace set, fields checked strictly. */
function post(server: TestServer, manifest: AnyObject, validation = "Strict") {
  const { apiVersion = "", kind = "" } = manifest;
  const prefix = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const body = { ...manifest, metadata: { ...manifest.metadata, namespace: "default" } };
  return server.post(`${prefix}/namespaces/default/${plurals[kind]}?fieldValidation=${validation}`, body);
}

const warnings = (headers: Record<string, string | string[]>) => headers.warning ?? [];

const oldPod = (fields: object = {}, volumes: object[] = []) => ({
  apiVersion: "v1beta1",
  kind: "Pod",
  id: "old",
  desiredState: { manifest: { version: "v1beta1", volumes, containers: [{ name: "a", image: "a", ...fields }] } },
});

const oldPodWithData = (fields: object) => oldPod(fields, [{ name: "data", source: { emptyDir: {} } }]);

describe("the talks' manifests", () => {
  it.each(manifests)("%s is created as it stands", async (file) => {
    const server = await started();
    const answer = await post(server, parse(readFileSync(join(talks, file), "utf8")));
    expect(answer.text).not.toContain('"kind":"Status"');
    expect(answer.status).toBe(201);
  });

  it("say what they became", async () => {
    const server = await started();
    const controller = await post(server, parse(readFileSync(join(talks, "guestbook/redis-slave-controller.json"), "utf8")));
    expect(warnings(controller.headers)).toEqual([
      '299 - "v1beta1 ReplicationController is deprecated, unavailable in v1.0+; use v1 ReplicationController"',
      '299 - "the name \\"redisSlaveController\\" is not valid in v1: \\"redis-slave-controller\\" is used"',
    ]);
    expect(controller.body).toMatchObject({
      apiVersion: "v1",
      kind: "ReplicationController",
      metadata: { name: "redis-slave-controller", namespace: "default", labels: { name: "redisslave" } },
      spec: {
        replicas: 2,
        selector: { name: "redisslave" },
        template: {
          metadata: { labels: { name: "redisslave" } },
          spec: {
            containers: [
              { name: "slave", image: "brendanburns/redis-slave", ports: [{ containerPort: 6379, hostPort: 6380, protocol: "TCP" }] },
            ],
          },
        },
      },
    });
    const service = await post(server, parse(readFileSync(join(talks, "guestbook/redis-master-service.json"), "utf8")));
    expect(service.body).toMatchObject({
      metadata: { name: "redismaster" },
      spec: { ports: [{ port: 10000, targetPort: 6379, protocol: "TCP" }], selector: { name: "redis-master" }, type: "ClusterIP" },
    });
    const deployment = await post(server, parse(readFileSync(join(talks, "webapp/deployment.yaml"), "utf8")));
    expect(warnings(deployment.headers)).toEqual([
      '299 - "extensions/v1beta1 Deployment is deprecated in v1.9+, unavailable in v1.16+; use apps/v1 Deployment"',
      '299 - "spec.template.spec.restartPolicy: \\"always\\" is taken as \\"Always\\""',
    ]);
    expect(deployment.body).toMatchObject({
      apiVersion: "extensions/v1beta1",
      kind: "Deployment",
      metadata: { labels: { app: "webapp", environment: "production" } },
      spec: {
        selector: { matchLabels: { app: "webapp", environment: "production" } },
        revisionHistoryLimit: 2147483647,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
        template: { spec: { restartPolicy: "Always" } },
      },
    });
    const today = await server.get("/apis/apps/v1/namespaces/default/deployments/webapp");
    expect(today.body).toMatchObject({ apiVersion: "apps/v1", kind: "Deployment" });
  });
});

describe("v1beta1", () => {
  it("keeps every field of a pod that means something today", async () => {
    const server = await started();
    const answer = await post(server, {
      ...oldPodWithData({
        entrypoint: ["/run"],
        command: ["-v"],
        env: [
          { key: "A", value: "1" },
          { name: "B", value: "2" },
        ],
        cpu: 250,
        memory: 1048576,
        privileged: true,
        imagePullPolicy: "PullIfNotPresent",
        volumeMounts: [{ name: "data", path: "/data", mountType: "LOCAL" }],
        livenessProbe: { type: "http", httpGet: { path: "/", port: 80 }, initialDelaySeconds: 5 },
      }),
      nodeSelector: { disk: "ssd" },
      annotations: { a: "b" },
    } as unknown as AnyObject);
    expect(answer.body.message).toBeUndefined();
    expect(answer.body).toMatchObject({
      metadata: { name: "old", annotations: { a: "b" } },
      spec: {
        nodeSelector: { disk: "ssd" },
        containers: [
          {
            command: ["/run"],
            args: ["-v"],
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "2" },
            ],
            resources: { limits: { cpu: "250m", memory: "1048576" } },
            securityContext: { privileged: true },
            imagePullPolicy: "IfNotPresent",
            livenessProbe: { httpGet: { path: "/", port: 80 }, initialDelaySeconds: 5 },
          },
        ],
      },
    });
  });

  it("takes volumes and restart policies in their old form", async () => {
    const server = await started();
    const manifest = {
      volumes: [
        { name: "a", source: { hostDir: { path: "/tmp" } } },
        { name: "b", source: { secret: { target: { name: "s" } } } },
        { name: "c" },
      ],
      containers: [{ name: "a", image: "a" }],
      restartPolicy: { onFailure: {} },
    };
    const answer = await post(server, {
      apiVersion: "v1beta2",
      kind: "Pod",
      id: "old",
      desiredState: { manifest },
    } as unknown as AnyObject);
    const { volumes, restartPolicy } = answer.body.spec as { volumes: object[]; restartPolicy: string };
    expect({ volumes: volumes.slice(0, 3), restartPolicy }).toMatchObject({
      volumes: [
        { name: "a", hostPath: { path: "/tmp" } },
        { name: "b", secret: { secretName: "s" } },
        { name: "c", emptyDir: {} },
      ],
      restartPolicy: "OnFailure",
    });
  });

  it("reports fields that it doesn't have, as strict decoding does", async () => {
    const server = await started();
    const strict = await post(server, oldPod({ nonsense: 1 }) as unknown as AnyObject);
    expect(strict.body).toMatchObject({
      code: 400,
      message:
        'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "desiredState.manifest.containers[0].nonsense"',
    });
    const lenient = await post(server, oldPod({ nonsense: 1 }) as unknown as AnyObject, "Warn");
    expect(lenient.status).toBe(201);
    expect(warnings(lenient.headers)).toContain('299 - "unknown field \\"desiredState.manifest.containers[0].nonsense\\""');
    const wrong = await post(server, { apiVersion: "v1beta1", kind: "Pod", id: "old", desiredState: "no" } as unknown as AnyObject);
    expect(wrong.body.message).toBe("the body can't be read: desiredState must be an object");
  });

  it("serves the oldest paths: any case, a namespace parameter, old names", async () => {
    const server = await started();
    const controller = parse(readFileSync(join(talks, "guestbook/redis-slave-controller.json"), "utf8"));
    expect((await server.post("/api/v1beta1/replicationControllers", controller)).status).toBe(201);
    const read = await server.get("/api/v1beta1/replicationControllers/redisSlaveController?namespace=default");
    expect(read.body.metadata.name).toBe("redis-slave-controller");
    expect((await server.get("/api/v1beta1/replicationControllers")).body.items).toHaveLength(1);
    expect((await server.delete("/api/v1beta1/namespaces/default/replicationControllers/redisSlaveController")).status).toBe(200);
  });

  it("converts services", async () => {
    const server = await started();
    const answer = await post(server, {
      apiVersion: "v1beta1",
      kind: "Service",
      id: "s",
      port: 80,
      containerPort: "web",
      protocol: "tcp",
      sessionAffinity: "ClientIP",
      publicIPs: ["192.0.2.1"],
      createExternalLoadBalancer: true,
    } as unknown as AnyObject);
    expect(answer.body.spec).toMatchObject({
      type: "LoadBalancer",
      externalIPs: ["192.0.2.1"],
      sessionAffinity: "ClientIP",
      ports: [{ port: 80, targetPort: "web", protocol: "TCP" }],
    });
    const defaulted = await post(server, {
      apiVersion: "v1beta1",
      kind: "Service",
      id: "t",
      port: 80,
      portalIP: "None",
    } as unknown as AnyObject);
    expect(warnings(defaulted.headers)).toContain('299 - "containerPort is not set: port 80 of the containers is used"');
    expect(defaulted.body.spec).toMatchObject({ clusterIP: "None" });
  });
});

it("converts v1beta3, which is v1 but for some names", async () => {
  const server = await started();
  const answer = await post(server, {
    apiVersion: "v1beta3",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { restartPolicy: { never: {} }, containers: [{ name: "a", image: "a", privileged: true, capabilities: { add: ["SYS_TIME"] } }] },
  });
  expect(answer.body.spec).toMatchObject({
    restartPolicy: "Never",
    containers: [{ securityContext: { privileged: true, capabilities: { add: ["SYS_TIME"] } } }],
  });
});

it("converts ingresses both ways, patches too", async () => {
  const server = await started();
  const url = "/apis/extensions/v1beta1/namespaces/default/ingresses";
  const created = await server.post(url, {
    metadata: { name: "i" },
    spec: {
      backend: { serviceName: "a", servicePort: 80 },
      rules: [{ http: { paths: [{ path: "/", backend: { serviceName: "b", servicePort: "web" } }] } }],
    },
  });
  expect(created.body.spec).toEqual({
    backend: { serviceName: "a", servicePort: 80 },
    rules: [{ http: { paths: [{ path: "/", pathType: "ImplementationSpecific", backend: { serviceName: "b", servicePort: "web" } }] } }],
  });
  const patched = await server.patch(`${url}/i`, "merge", { spec: { backend: { servicePort: 81 } } });
  expect(patched.status).toBe(200);
  const today = await server.get("/apis/networking.k8s.io/v1/namespaces/default/ingresses/i");
  expect(today.body.spec).toEqual({
    defaultBackend: { service: { name: "a", port: { number: 81 } } },
    rules: [
      { http: { paths: [{ path: "/", pathType: "ImplementationSpecific", backend: { service: { name: "b", port: { name: "web" } } } }] } },
    ],
  });
});

it("keeps the meaning of an empty selector in a disruption budget", async () => {
  const server = await started();
  const url = "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets";
  const created = await server.post(url, { metadata: { name: "b" }, spec: { minAvailable: 1, selector: {} } });
  expect(created.body.spec).toEqual({ minAvailable: 1, selector: {} });
  const today = await server.get("/apis/policy/v1/namespaces/default/poddisruptionbudgets/b");
  expect(today.body.spec).toMatchObject({ selector: { matchExpressions: [{ operator: "Exists" }] } });
});

describe("discovery", () => {
  it("names old versions after today's", async () => {
    const server = await started();
    expect((await server.get("/api")).body.versions).toEqual(["v1", "v1beta3", "v1beta2", "v1beta1"]);
    const { body } = await server.get("/api/v1beta1");
    expect((body.resources as { name: string }[]).map(({ name }) => name)).toEqual(["pods", "services", "replicationcontrollers"]);
    expect((await server.get("/apis/extensions")).body.preferredVersion).toEqual({
      groupVersion: "extensions/v1beta1",
      version: "v1beta1",
    });
    const groups = (await server.get("/apis")).body.groups as { name: string }[];
    expect(groups.at(-1)?.name).toBe("extensions");
  });

  it("has none of it when it is off", async () => {
    const server = await TestServer.started();
    expect((await server.get("/api")).body.versions).toEqual(["v1"]);
    expect((await server.get("/api/v1beta1")).status).toBe(404);
    expect((await server.get("/apis/extensions/v1beta1/namespaces/default/deployments/a")).status).toBe(404);
  });
});
