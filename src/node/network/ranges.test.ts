import { describe, expect, it } from "vitest";
import { addressAt, canonicalAddress, cidrContains, cidrsOverlap, familyOf, formatCidr, mustParseCidr, parseCidr } from "./address.ts";
import { chooseNodePortRange, choosePort, chooseRanges } from "./ranges.ts";

describe("addresses", () => {
  it("reads and writes both families", () => {
    expect(formatCidr(mustParseCidr("10.244.3.7/16"))).toBe("10.244.0.0/16");
    expect(formatCidr(mustParseCidr("fd00:0:0:1:0:0:0:5/64"))).toBe("fd00:0:0:1::/64");
    expect(addressAt(mustParseCidr("10.96.0.0/12"), 10)).toBe("10.96.0.10");
    expect(addressAt(mustParseCidr("fd00::/108"), 10)).toBe("fd00::a");
    expect(canonicalAddress("2001:DB8:0:0:1:0:0:1")).toBe("2001:db8::1:0:0:1");
    expect(canonicalAddress("::ffff:1.2.3.4")).toBe("::ffff:102:304");
    expect(canonicalAddress("1:0:2:3:4:5:6:7")).toBe("1:0:2:3:4:5:6:7");
    expect(familyOf("fe80::1%eth0")).toBeUndefined();
    expect(parseCidr("10.0.0.0/33")).toBeUndefined();
    expect(() => mustParseCidr("10.0.0/8")).toThrow('"10.0.0/8" is not an address range such as 10.244.0.0/16');
  });

  it("compares ranges", () => {
    expect(cidrContains(mustParseCidr("10.244.0.0/16"), "10.244.255.1")).toBe(true);
    expect(cidrContains(mustParseCidr("10.244.0.0/16"), "10.245.0.1")).toBe(false);
    expect(cidrContains(mustParseCidr("10.244.0.0/16"), "fd00::1")).toBe(false);
    expect(cidrsOverlap(mustParseCidr("10.0.0.0/8"), mustParseCidr("10.9.0.0/16"))).toBe(true);
    expect(cidrsOverlap(mustParseCidr("10.8.0.0/16"), mustParseCidr("10.9.0.0/16"))).toBe(false);
  });
});

describe("the ranges of a cluster", () => {
  it("stay the same for an id, and differ between ids", () => {
    const first = chooseRanges("abc123", { cidrs: [] });
    expect(chooseRanges("abc123", { cidrs: [] })).toEqual(first);
    expect(chooseRanges("abc124", { cidrs: [] }).clusterCidr).not.toBe(first.clusterCidr);
    expect(first.nodePortRange).toBe("30000-32767");
  });

  it("avoid what is taken, whichever of the two is", () => {
    const first = chooseRanges("abc123", { cidrs: [] });
    const byPods = chooseRanges("abc123", { cidrs: [first.clusterCidr.replace("0.0/16", "3.0/24")] });
    expect(byPods.clusterCidr).not.toBe(first.clusterCidr);
    const byServices = chooseRanges("abc123", { cidrs: [first.serviceCidr], nodePortRanges: [first.nodePortRange] });
    expect(byServices).toEqual({ ...byPods, nodePortRange: "27000-29767" });
  });

  it("never meet in a crowd, until there is no room", () => {
    const cidrs: string[] = [];
    const ranges: string[] = [];
    for (let i = 0; i < 7; i++) {
      const next = chooseRanges(`crowd${i}`, { cidrs, nodePortRanges: ranges });
      for (const cidr of [next.serviceCidr, next.clusterCidr]) {
        expect(cidrs.some((other) => cidrsOverlap(mustParseCidr(other), mustParseCidr(cidr)))).toBe(false);
        cidrs.push(cidr);
      }
      ranges.push(next.nodePortRange);
    }
    expect(new Set(ranges).size).toBe(7);
    expect(() => chooseNodePortRange(ranges)).toThrow("no free range of node ports: name one with --service-node-port-range");
    expect(() => chooseRanges("x", { cidrs: ["10.0.0.0/9"] })).toThrow("no free address range in 10.0.0.0/8");
    expect(() => chooseRanges("x", { cidrs: ["10.0.0.0/8", "0.0.0.0/0"] })).not.toThrow();
  });

  it("take the next free port", () => {
    expect(choosePort(6443, new Set([6443, 6444]))).toBe(6445);
  });
});
