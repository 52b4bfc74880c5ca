import { describe, expect, it } from "vitest";
import type { Container, Pod, Service } from "../../api/core/v1.ts";
import { notFound } from "../../machinery/errors.ts";
import type { ObjectSource } from "../object-source.ts";
import { makeEnvironment } from "./environment.ts";
import { expand } from "./expansion.ts";
import { serviceEnvironment } from "./service-env.ts";

const service = (name: string, clusterIP: string, ports: { port: number; name?: string; protocol?: "TCP" | "UDP" }[]): Service => ({
  metadata: { name, namespace: "default" },
  spec: { clusterIP, ports },
});

describe("serviceEnvironment", () => {
  it("has both forms, as the talks show them", () => {
    const env = serviceEnvironment([service("redis-master", "10.0.29.247", [{ port: 8888 }])]);
    expect(Object.fromEntries(env)).toEqual({
      REDIS_MASTER_SERVICE_HOST: "10.0.29.247",
      REDIS_MASTER_SERVICE_PORT: "8888",
      REDIS_MASTER_PORT: "tcp://10.0.29.247:8888",
      REDIS_MASTER_PORT_8888_TCP: "tcp://10.0.29.247:8888",
      REDIS_MASTER_PORT_8888_TCP_PROTO: "tcp",
      REDIS_MASTER_PORT_8888_TCP_PORT: "8888",
      REDIS_MASTER_PORT_8888_TCP_ADDR: "10.0.29.247",
    });
  });

  it("names ports, and leaves headless services out", () => {
    const env = serviceEnvironment([
      service("dns", "10.0.0.10", [{ port: 53, name: "dns-udp", protocol: "UDP" }]),
      service("none", "None", [{ port: 1 }]),
    ]);
    expect(env.get("DNS_SERVICE_PORT_DNS_UDP")).toBe("53");
    expect(env.get("DNS_PORT_53_UDP")).toBe("udp://10.0.0.10:53");
    expect([...env.keys()].some((key) => key.startsWith("NONE"))).toBe(false);
  });
});

describe("expand", () => {
  const variables = new Map([
    ["A", "x"],
    ["B", "y z"],
  ]);
  it.each([
    ["$(A)", "x"],
    ["-$(A)-$(B)-", "-x-y z-"],
    ["$(C)", "$(C)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$x"],
    ["$A $", "$A $"],
    ["$(A", "$(A"],
    ["plain", "plain"],
  ])("%s becomes %s", (text, expected) => {
    expect(expand(text, variables)).toBe(expected);
  });
});

describe("makeEnvironment", () => {
  const pod: Pod = {
    metadata: { name: "web", namespace: "default", uid: "u", labels: { app: "shop" } },
    spec: { nodeName: "n1", serviceAccountName: "default", containers: [] },
  };
  const objects = {
    configMap: async (_namespace: string, name: string) => {
      if (name !== "settings") throw notFound({ group: "", resource: "configmaps" }, name);
      return { metadata: { name }, data: { color: "blue", "not a name": "1" } };
    },
    secret: async (_namespace: string, name: string) => ({
      metadata: { name },
      data: { password: Buffer.from("s3cret").toString("base64") },
    }),
  } as unknown as ObjectSource;
  const sources = {
    objects,
    services: [service("db", "10.0.0.7", [{ port: 5432 }])],
    facts: { podIPs: ["10.1.0.5"], hostIPs: ["10.1.0.1"], node: { metadata: {}, status: { allocatable: { cpu: "2", memory: "4Gi" } } } },
  };
  const make = async (container: Partial<Container>) => {
    const list = await makeEnvironment(pod, { name: "c", ...container }, sources);
    return Object.fromEntries(list.map(({ name, value }) => [name, value]));
  };

  it("reads config maps, secrets, fields and resources", async () => {
    const env = await make({
      resources: { limits: { cpu: "1500m" } },
      envFrom: [{ prefix: "CFG_", configMapRef: { name: "settings" } }],
      env: [
        { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "s", key: "password" } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: "CPUS", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
        { name: "MEMORY", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
        { name: "URL", value: "$(IP):$(DB_SERVICE_PORT)/$(CFG_color)" },
      ],
    });
    expect(env).toMatchObject({
      CFG_color: "blue",
      PASSWORD: "s3cret",
      IP: "10.1.0.5",
      APP: "shop",
      CPUS: "2",
      MEMORY: "4096",
      URL: "10.1.0.5:5432/blue",
    });
    expect(env["CFG_not a name"]).toBeUndefined();
  });

  it("lets a variable of the container win over a service's", async () => {
    expect((await make({ env: [{ name: "DB_SERVICE_HOST", value: "elsewhere" }] })).DB_SERVICE_HOST).toBe("elsewhere");
  });

  it("says what is missing, unless it is optional", async () => {
    await expect(make({ env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "gone", key: "k" } } }] })).rejects.toThrow(
      'configmaps "gone" not found',
    );
    await expect(make({ env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "settings", key: "k" } } }] })).rejects.toThrow(
      "couldn't find key k in ConfigMap default/settings",
    );
    expect(
      (await make({ env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "gone", key: "k", optional: true } } }] })).X,
    ).toBeUndefined();
  });
});
