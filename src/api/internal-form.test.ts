import { describe, expect, it } from "vitest";
import { goJson } from "../machinery/errors.ts";
import { internalForm } from "./internal-form.ts";
import { specDiff } from "./spec-diff.ts";

describe("values as upstream's server has them", () => {
  it("have all fields in its order, by its names", () => {
    expect(goJson(internalForm("api/networking/v1#ParentReference", { name: "a", resource: "services" }))).toBe(
      '{"Group":"","Resource":"services","Namespace":"","Name":"a"}',
    );
    expect(internalForm("[]api/core/v1#LocalObjectReference", [{ name: "a" }])).toEqual([{ Name: "a" }]);
    expect(internalForm("*api/core/v1#Affinity", undefined)).toBeNull();
  });

  it("sort maps, and keep the JSON names of types that all versions share", () => {
    const selector = { matchExpressions: [{ key: "k", operator: "Exists" }], matchLabels: { b: "1", a: "<" } };
    expect(goJson(internalForm("machinery/meta/v1#LabelSelector", selector))).toBe(
      '{"matchLabels":{"a":"\\u003c","b":"1"},"matchExpressions":[{"key":"k","operator":"Exists"}]}',
    );
  });

  it("have what a pod says of its host in the security context", () => {
    const form = internalForm("api/core/v1#PodSpec", { hostNetwork: true, containers: [] }) as { SecurityContext: object };
    expect(form.SecurityContext).toMatchObject({ HostNetwork: true, HostPID: false, HostUsers: null, RunAsUser: null });
  });

  it("are compared line by line", () => {
    expect(specDiff("api/networking/v1#ParentReference", { name: "a" }, { name: "b" })).toBe(
      '@@ -2,5 +2,5 @@\n  "Group": "",\n  "Resource": "",\n  "Namespace": "",\n- "Name": "a"\n+ "Name": "b"\n }\n',
    );
  });
});
