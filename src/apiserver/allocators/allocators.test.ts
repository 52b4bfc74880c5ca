import { describe, expect, it } from "vitest";
import type { Service } from "../../api/core/v1.ts";
import { seededRandom } from "../../machinery/random.ts";
import { TestServer } from "../testing/test-server.ts";
import { ClusterIPRange } from "./cluster-ip.ts";
import { NodePortRange } from "./node-port.ts";

const services = "/api/v1/namespaces/default/services";
const service = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

describe("cluster addresses", () => {
  it("gives out every address but the network's and the broadcast one", () => {
    const range = new ClusterIPRange("10.0.0.0/28", seededRandom(1));
    const given = new Set<string>();
    for (let i = 0; i < 14; i++) {
      const ip = range.next() as string;
      range.use(ip);
      given.add(ip);
    }
    expect(given.size).toBe(14);
    expect(given.has("10.0.0.0") || given.has("10.0.0.15")).toBe(false);
    expect(range.next()).toBeUndefined();
    range.release("10.0.0.3");
    expect(range.next()).toBe("10.0.0.3");
  });

  it("keeps the lowest ones for those who ask by name", () => {
    const range = new ClusterIPRange("10.0.0.0/24", seededRandom(2));
    for (let i = 0; i < 238; i++) {
      const ip = range.next() as string;
      expect(Number(ip.split(".")[3])).toBeGreaterThan(16);
      range.use(ip);
    }
    expect(Number(range.next()?.split(".")[3])).toBeLessThanOrEqual(16);
  });

  it("works for IPv6", () => {
    const range = new ClusterIPRange("fd00::/108", seededRandom(3));
    expect(range.family).toBe("IPv6");
    expect(range.contains("fd00::f:1")).toBe(true);
    expect(range.contains("10.0.0.1")).toBe(false);
    expect(range.next()).toMatch(/^fd00::/);
  });

  it("refuses nonsense", () => {
    expect(() => new ClusterIPRange("10.0.0.0", seededRandom(1))).toThrow('service cluster IP range "10.0.0.0" is not a CIDR value');
    expect(() => new NodePortRange("5-3", seededRandom(1))).toThrow('service node port range "5-3" is not FIRST-LAST');
  });
});

describe("services", () => {
  it("get an address, and give it back", async () => {
    const test = await TestServer.started();
    const first = (await test.post(services, service("a"))).body as unknown as Service;
    const ip = first.spec?.clusterIP as string;
    expect(first.spec).toMatchObject({ clusterIPs: [ip], ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack", type: "ClusterIP" });
    expect((await test.post(services, service("b", { clusterIP: ip }))).body.message).toBe(
      `Service "b" is invalid: spec.clusterIPs: Invalid value: ["${ip}"]: failed to allocate IP ${ip}: provided IP is already allocated`,
    );
    expect((await test.post(services, service("b", { clusterIP: "1.2.3.4" }))).body.message).toBe(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided network does not match the current range',
    );
    await test.delete(`${services}/a`);
    expect((await test.post(services, service("b", { clusterIP: ip }))).status).toBe(201);
    const kept = await test.put(`${services}/b`, service("b", { ports: [{ port: 81 }] }));
    expect(kept.body).toMatchObject({ spec: { clusterIP: ip } });
  });

  it("get node ports, and give them back when they no longer need them", async () => {
    const test = await TestServer.started();
    const made = (await test.post(services, service("a", { type: "NodePort" }))).body as unknown as Service;
    const port = made.spec?.ports?.[0]?.nodePort as number;
    expect(port).toBeGreaterThanOrEqual(30000);
    const taken = service("b", { type: "NodePort", ports: [{ port: 80, nodePort: port }] });
    expect((await test.post(services, taken)).body.message).toBe(
      `Service "b" is invalid: spec.ports[0].nodePort: Invalid value: ${port}: provided port is already allocated`,
    );
    expect((await test.post(services, service("b", { type: "NodePort", ports: [{ port: 80, nodePort: 1234 }] }))).body.message).toBe(
      'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 1234: provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
    await test.patch(`${services}/a`, "merge", { spec: { type: "ClusterIP" } });
    expect((await test.post(services, taken)).status).toBe(201);
  });

  it("show placeholders in a dry run, and switch to an external name and back", async () => {
    const test = await TestServer.started();
    const dry = (await test.post(`${services}?dryRun=All`, service("d", { type: "NodePort" }))).body as unknown as Service;
    expect(dry.spec).toMatchObject({ clusterIP: "10.96.0.0", ports: [{ nodePort: 32769 }] });
    expect((await test.post(services, service("n", { clusterIP: "10.96.0.0" }))).body.message).toBe(
      'Service "n" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.0"]: failed to allocate IP 10.96.0.0: the provided network does not match the current range',
    );
    await test.post(services, service("s", { clusterIP: "10.96.0.9" }));
    const external = { spec: { type: "ExternalName", externalName: "x.y", clusterIP: "", clusterIPs: null } };
    expect((await test.patch(`${services}/s`, "merge", external)).body.spec).not.toHaveProperty("ipFamilies");
    const back = await test.patch(`${services}/s`, "merge", { spec: { type: "ClusterIP", externalName: null, clusterIP: "10.96.0.9" } });
    expect(back.body.spec).toMatchObject({ clusterIPs: ["10.96.0.9"], ipFamilies: ["IPv4"] });
  });

  it("know headless, external and dual-stack services", async () => {
    const test = await TestServer.started();
    expect((await test.post(services, service("h", { clusterIP: "None", selector: { a: "b" } }))).body.spec).toMatchObject({
      clusterIP: "None",
      clusterIPs: ["None"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
    });
    expect((await test.post(services, { metadata: { name: "e" }, spec: { type: "ExternalName", externalName: "x.y" } })).body.spec).toEqual(
      {
        type: "ExternalName",
        externalName: "x.y",
        sessionAffinity: "None",
      },
    );
    expect((await test.post(services, service("d", { ipFamilyPolicy: "RequireDualStack" }))).body.message).toBe(
      'Service "d" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    );
    const dual = await TestServer.started({ serviceClusterIPRange: "10.96.0.0/16,fd00::/108" });
    const both = (await dual.post(services, service("d", { ipFamilyPolicy: "PreferDualStack" }))).body as unknown as Service;
    expect(both.spec?.ipFamilies).toEqual(["IPv4", "IPv6"]);
    expect(both.spec?.clusterIPs?.length).toBe(2);
  });
});

describe("the objects of cluster addresses", () => {
  const addresses = "/apis/networking.k8s.io/v1/ipaddresses";

  it("come before the service and go after it", async () => {
    const test = await TestServer.started();
    await test.post(`${services}?dryRun=All`, service("dry", { clusterIP: "10.96.0.77" }));
    expect((await test.get(`${addresses}/10.96.0.77`)).status).toBe(404);
    await test.post(services, service("web", { clusterIP: "10.96.0.77" }));
    const { body } = await test.get(`${addresses}/10.96.0.77`);
    expect(body.spec).toEqual({ parentRef: { resource: "services", namespace: "default", name: "web" } });
    expect(body.metadata.labels).toEqual({
      "ipaddress.kubernetes.io/ip-family": "IPv4",
      "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    });
    await test.delete(`${services}/web`);
    expect((await test.get(`${addresses}/10.96.0.77`)).status).toBe(404);
  });

  it("keep an address from services when someone else has it", async () => {
    const test = await TestServer.started();
    const parentRef = { resource: "gateways", group: "example.com", name: "g" };
    expect((await test.post(addresses, { metadata: { name: "10.96.0.78" }, spec: { parentRef } })).status).toBe(201);
    const refused = await test.post(services, service("web", { clusterIP: "10.96.0.78" }));
    expect(refused.body.message).toBe(
      'Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.78"]: failed to allocate IP 10.96.0.78: provided IP is already allocated',
    );
    expect((await test.get(`${addresses}/10.96.0.78`)).body.spec).toEqual({ parentRef });
  });
});

describe("more ranges", () => {
  const ranges = "/apis/networking.k8s.io/v1/servicecidrs";

  it("come with objects and go with them", async () => {
    const test = await TestServer.started();
    const outside = service("web", { clusterIP: "10.55.0.9" });
    const refusal = (why: string) =>
      `Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.55.0.9"]: failed to allocate IP 10.55.0.9: ${why}`;
    expect((await test.post(services, outside)).body.message).toBe(refusal("the provided network does not match the current range"));
    await test.post(ranges, { metadata: { name: "more" }, spec: { cidrs: ["10.55.0.0/24"] } });
    expect((await test.post(services, outside)).status).toBe(201);
    expect((await test.post(services, service("other", { clusterIP: "10.55.0.9" }))).body.message).toContain(
      "provided IP is already allocated",
    );
    await test.delete(`${services}/web`);
    await test.delete(`${ranges}/more`);
    expect((await test.post(`${services}?dryRun=All`, outside)).body.message).toBe(
      refusal("the provided IP (10.55.0.9) is not in the valid range. The range of valid IPs is 10.96.0.0/16"),
    );
  });

  it("are shown by their network's address in a dry run", async () => {
    const test = await TestServer.started();
    const dry = await test.post(`${services}?dryRun=All`, service("dry", { type: "NodePort" }));
    expect(dry.body).toMatchObject({ spec: { clusterIP: "10.96.0.0", ports: [{ nodePort: 32769 }] } });
  });
});
