import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { rawTables } from "../src/api/tables.ts";
import { readDescriptions } from "./descriptions.ts";

const models = join(dirname(fileURLToPath(import.meta.resolve("@kubernetes/client-node"))), "gen", "models");
const descriptions = readDescriptions(models, rawTables);

it("finds what the published client says of types and fields", () => {
  expect(descriptions["api/core/v1#PodSpec"]?.type).toBe("PodSpec is a description of a pod.");
  expect(descriptions["api/core/v1#ContainerPort"]?.fields).toMatchObject({
    hostIP: "What host IP to bind the external port to.",
    protocol: 'Protocol for port. Must be UDP, TCP, or SCTP. Defaults to "TCP".',
  });
  expect(descriptions["api/rbac/v1#Subject"]?.type).toContain("user identities");
  expect(descriptions["api/apiextensions/v1#JSONSchemaProps"]?.fields?.default).toContain("default value");
});

it("knows nearly every type", () => {
  const types = Object.values(rawTables).flatMap((file) => Object.values(file).filter(({ fields }) => fields));
  expect(Object.keys(descriptions).length).toBeGreaterThan(types.length * 0.95);
});

it("finds what it says of operations", () => {
  expect(descriptions.operations?.fields).toEqual({
    getServiceAccountIssuerOpenIDConfiguration: "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
    getServiceAccountIssuerOpenIDKeyset: "get service account issuer OpenID JSON Web Key Set (contains public token verification keys)",
  });
});

it("finds what it says of parameters, by the group that they belong to", () => {
  const { fields: lists } = descriptions["parameters#list"] ?? {};
  expect(lists?.fieldSelector).toBe("A selector to restrict the list of returned objects by their fields. Defaults to everything.");
  expect(lists?.allowWatchBookmarks).toContain('events with type "BOOKMARK"');
  expect(lists?.limit).toContain("set the `continue` field");
  expect(descriptions["parameters#PodExecOptions"]?.fields?.command).toMatch(/^Command is the remote command to execute\./);
  expect(descriptions["parameters#PodLogOptions"]?.fields?.container).toMatch(/^The container for which to stream logs\./);
});
