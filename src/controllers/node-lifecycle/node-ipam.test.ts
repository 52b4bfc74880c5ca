import { expect, it } from "vitest";
import { events, nodes } from "../../api/refs.ts";
import { createInformerFactory } from "../../client/informer-factory.ts";
import { createMemoryClient } from "../../client/testing/memory-client.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { seededRandom } from "../../machinery/random.ts";
import { CidrSet } from "./cidr-set.ts";
import { type NodeIpamOptions, startNodeIpam } from "./node-ipam.ts";

function setup(options: NodeIpamOptions) {
  const clock = new VirtualClock();
  const client = createMemoryClient({ clock });
  const stop = new AbortController();
  const deps = { client, clock, logger: silentLogger, random: seededRandom(1), signal: stop.signal };
  const start = () => {
    const ipam = startNodeIpam({ ...deps, informers: createInformerFactory(deps), options });
    return async () => {
      await ipam.stop();
      stop.abort();
    };
  };
  const cidrs = () => Object.fromEntries(client.peekAll(nodes).map((node) => [node.metadata.name, node.spec?.podCIDRs]));
  return { clock, client, start, cidrs };
}

it("gives each node a range of its own, around those that are taken", async () => {
  const { clock, client, start, cidrs } = setup({ clusterCidrs: ["10.244.0.0/16"] });
  client.seed(nodes, { metadata: { name: "old" }, spec: { podCIDR: "10.244.1.0/24", podCIDRs: ["10.244.1.0/24"] } });
  const stop = start();
  await clock.advance(0);
  client.seed(nodes, { metadata: { name: "a" } });
  await clock.advance(0);
  client.seed(nodes, { metadata: { name: "b" } });
  await clock.advance(0);
  expect(cidrs()).toEqual({ old: ["10.244.1.0/24"], a: ["10.244.0.0/24"], b: ["10.244.2.0/24"] });
  expect(client.peek(nodes, "a")?.spec?.podCIDR).toBe("10.244.0.0/24");
  await stop();
});

it("gives one range of each family, and none of the services' range", async () => {
  const { clock, client, start, cidrs } = setup({
    clusterCidrs: ["10.0.0.0/8", "fd00:10::/56"],
    serviceCidrs: ["10.0.0.0/16"],
    maskSizeIPv4: 20,
  });
  const stop = start();
  client.seed(nodes, { metadata: { name: "a" } }, { metadata: { name: "b" } });
  await clock.advance(0);
  expect(cidrs()).toEqual({ a: ["10.1.0.0/20", "fd00:10::/64"], b: ["10.1.16.0/20", "fd00:10:0:1::/64"] });
  await stop();
});

it("tells when nothing is left, and uses what comes free", async () => {
  const { clock, client, start, cidrs } = setup({ clusterCidrs: ["10.244.0.0/23"] });
  const stop = start();
  client.seed(nodes, { metadata: { name: "a" } }, { metadata: { name: "b" } }, { metadata: { name: "c" } });
  await clock.advance(10);
  expect(cidrs()).toEqual({ a: ["10.244.0.0/24"], b: ["10.244.1.0/24"], c: undefined });
  expect(client.peekAll(events)[0]).toMatchObject({ reason: "CIDRNotAvailable", message: "Node c status is now: CIDRNotAvailable" });
  client.drop(nodes, "a");
  await clock.advance(1000);
  expect(cidrs()).toEqual({ b: ["10.244.1.0/24"], c: ["10.244.0.0/24"] });
  await stop();
});

it("refuses ranges that can't be divided", () => {
  expect(() => new CidrSet("10.0.0.0/25", 24)).toThrow("10.0.0.0/25 is too small for subnets of size /24");
  expect(() => new CidrSet("10.0.0.0/8", 25)).toThrow("10.0.0.0/8 is too large for subnets of size /25: more than 65536");
  expect(() => new CidrSet("10.0.0.0", 24)).toThrow('"10.0.0.0" is not a CIDR value');
});
