import { describe, expect, it } from "vitest";
import { matchesNodeRequirements, matchesNodeSelector, pinnedNodeNames, preferredNodeWeight } from "./node-affinity.ts";
import type { NodeSelectorRequirement } from "./v1.ts";

const node = { metadata: { name: "n1", labels: { zone: "a", size: "8" } } };
const matches = (...matchExpressions: NodeSelectorRequirement[]) =>
  matchesNodeSelector({ nodeSelectorTerms: [{ matchExpressions }] }, node);

describe("matchesNodeSelector", () => {
  it.each([
    [{ key: "zone", operator: "In", values: ["a", "b"] }, true],
    [{ key: "zone", operator: "NotIn", values: ["a"] }, false],
    [{ key: "none", operator: "NotIn", values: ["a"] }, true],
    [{ key: "zone", operator: "Exists" }, true],
    [{ key: "zone", operator: "DoesNotExist" }, false],
    [{ key: "size", operator: "Gt", values: ["4"] }, true],
    [{ key: "size", operator: "Lt", values: ["4"] }, false],
    [{ key: "zone", operator: "Gt", values: ["4"] }, false],
  ])("%j: %s", (requirement, expected) => expect(matches(requirement)).toBe(expected));

  it("takes terms as alternatives, and an empty term as none", () => {
    const zoneB = { matchExpressions: [{ key: "zone", operator: "In", values: ["b"] }] };
    const byName = { matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] };
    expect(matchesNodeSelector({ nodeSelectorTerms: [zoneB, byName] }, node)).toBe(true);
    expect(matchesNodeSelector({ nodeSelectorTerms: [{}] }, node)).toBe(false);
    expect(matchesNodeSelector({ nodeSelectorTerms: [] }, node)).toBe(false);
  });
});

it("wants the node selector and the required affinity of a pod both", () => {
  expect(matchesNodeRequirements({ containers: [], nodeSelector: { zone: "a" } }, node)).toBe(true);
  expect(matchesNodeRequirements({ containers: [], nodeSelector: { zone: "b" } }, node)).toBe(false);
});

it("adds the weights of preferences that match", () => {
  const preference = { matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] };
  expect(
    preferredNodeWeight(
      [
        { weight: 5, preference },
        { weight: 3, preference: {} },
        { weight: 7, preference: { matchFields: [{ key: "metadata.name", operator: "In", values: ["x"] }] } },
      ],
      node,
    ),
  ).toBe(8);
});

it("tells the nodes that a pod is pinned to", () => {
  const term = (name: string) => ({ matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] });
  const spec = (nodeSelectorTerms: object[]) => ({
    containers: [],
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  expect(pinnedNodeNames(spec([term("a"), term("b")]))).toEqual(new Set(["a", "b"]));
  expect(pinnedNodeNames(spec([term("a"), { matchExpressions: [] }]))).toBeUndefined();
});
