import type { CustomResourceDefinition } from "../../api/apiextensions/v1.ts";
import type { APIService } from "../../api/apiregistration/v1.ts";
import { apiservices } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import { isAlreadyExists, isNotFound } from "../../machinery/errors.ts";
import { nameOf } from "../../machinery/object.ts";
import { isTrue } from "./conditions.ts";

const managedLabel = "kube-aggregator.kubernetes.io/automanaged";

/** Keeps an API service for each group version that custom resources are served in, and for none else. */
export async function reconcileApiServices(client: Client, definitions: readonly CustomResourceDefinition[]): Promise<void> {
  const wanted = new Map<string, APIService>();
  for (const definition of definitions) {
    if (!isTrue(definition, "Established")) continue;
    const { group, versions } = definition.spec;
    for (const { name, served } of versions) if (served) wanted.set(`${name}.${group}`, serviceOf(group, name));
  }
  const present = (await client.list(apiservices)).items;
  for (const service of present) {
    if (service.metadata.labels?.[managedLabel] !== "true" || wanted.has(nameOf(service))) continue;
    await unless(isNotFound, client.delete(apiservices, nameOf(service)));
  }
  const names = new Set(present.map(nameOf));
  for (const [name, service] of wanted) if (!names.has(name)) await unless(isAlreadyExists, client.create(apiservices, service));
}

async function unless(expected: (error: unknown) => boolean, write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!expected(error)) throw error;
  }
}

function serviceOf(group: string, version: string): APIService {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `${version}.${group}`, labels: { [managedLabel]: "true" } },
    spec: { group, version, groupPriorityMinimum: 1000, versionPriority: 100 },
  };
}
