import { describe, expect, it } from "vitest";
import { AddressPool, firstHost, nodeRange } from "./address-pool.ts";

describe("addresses of simulated pods", () => {
  it("come from the node's range, each to one sandbox at a time", () => {
    const pool = new AddressPool("10.0.0.0/29");
    expect([1, 2, 3, 4, 5].map(() => pool.take())).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]);
    expect(pool.take()).toBeUndefined();
    pool.give("10.0.0.4");
    expect(pool.take()).toBe("10.0.0.4");
  });

  it("have a /24 for each node, as far as the cluster's range goes", () => {
    expect([0, 1, 255, 256].map((index) => nodeRange("10.200.0.0/16", index))).toEqual([
      "10.200.0.0/24",
      "10.200.1.0/24",
      "10.200.255.0/24",
      undefined,
    ]);
    expect(nodeRange("172.16.0.0/12", 300)).toBe("172.17.44.0/24");
    expect(firstHost("192.168.3.0/24")).toBe("192.168.3.1");
  });
});
