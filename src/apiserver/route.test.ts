import { describe, expect, it } from "vitest";
import { type RequestInfo, route } from "./route.ts";

function routed(method: string, url: string): Partial<RequestInfo> {
  const [path = "", query = ""] = url.split("?");
  const { isResourceRequest, verb, group, version, resource, subresource, namespace, name } = route({
    method,
    path,
    query: new URLSearchParams(query),
    headers: {},
  });
  return { isResourceRequest, verb, group, version, resource, subresource, namespace, name };
}

const resource = (info: Partial<RequestInfo>): Partial<RequestInfo> => ({
  isResourceRequest: true,
  group: "",
  version: "v1",
  subresource: "",
  namespace: "",
  name: "",
  ...info,
});

describe("the path grammar", () => {
  it.each([
    ["GET", "/api/v1/pods", { verb: "list", resource: "pods" }],
    ["GET", "/api/v1/namespaces/default/pods", { verb: "list", resource: "pods", namespace: "default" }],
    ["GET", "/api/v1/namespaces/default/pods?watch=true", { verb: "watch", resource: "pods", namespace: "default" }],
    ["GET", "/api/v1/namespaces/default/pods?watch=0", { verb: "list", resource: "pods", namespace: "default" }],
    ["GET", "/api/v1/watch/namespaces/default/pods/x", { verb: "watch", resource: "pods", namespace: "default", name: "x" }],
    ["GET", "/api/v1/namespaces/default/pods/x", { verb: "get", resource: "pods", namespace: "default", name: "x" }],
    ["HEAD", "/api/v1/namespaces/default/pods/x", { verb: "get", resource: "pods", namespace: "default", name: "x" }],
    ["POST", "/api/v1/namespaces/default/pods", { verb: "create", resource: "pods", namespace: "default" }],
    [
      "PUT",
      "/api/v1/namespaces/default/pods/x/status",
      { verb: "update", resource: "pods", namespace: "default", name: "x", subresource: "status" },
    ],
    [
      "PATCH",
      "/apis/apps/v1/namespaces/a/deployments/x",
      { verb: "patch", group: "apps", resource: "deployments", namespace: "a", name: "x" },
    ],
    ["DELETE", "/api/v1/namespaces/default/pods", { verb: "deletecollection", resource: "pods", namespace: "default" }],
    ["DELETE", "/api/v1/nodes/n1", { verb: "delete", resource: "nodes", name: "n1" }],
    ["GET", "/api/v1/namespaces", { verb: "list", resource: "namespaces" }],
    ["GET", "/api/v1/namespaces/foo", { verb: "get", resource: "namespaces", namespace: "foo", name: "foo" }],
    [
      "PUT",
      "/api/v1/namespaces/foo/finalize",
      { verb: "update", resource: "namespaces", namespace: "foo", name: "foo", subresource: "finalize" },
    ],
    ["GET", "/api/v1/nodes?fieldSelector=metadata.name%3Dn1", { verb: "list", resource: "nodes", name: "n1" }],
    ["POST", "/api/v1/namespaces/d/pods/x/exec", { verb: "create", resource: "pods", namespace: "d", name: "x", subresource: "exec" }],
  ])("%s %s", (method, url, expected) => {
    expect(routed(method, url)).toEqual(resource(expected));
  });

  it.each(["/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/healthz", "/openapi/v2"])("%s is no resource", (url) => {
    expect(routed("GET", url)).toMatchObject({ isResourceRequest: false, verb: "get" });
  });

  it("decodes names", () => {
    expect(routed("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode")).toMatchObject({ name: "system:node" });
  });
});
