import type { CustomResourceDefinition } from "../api/apiextensions/v1.ts";
import { typesOfDefinition } from "../client/definition-types.ts";
import { UsageError } from "../cluster/options.ts";
import { objectsOf, readManifests } from "../testing/manifests.ts";

/** `kybern types FILE`: the TypeScript of the kind that is defined there. */
export function runTypes(file: string): void {
  const definitions = objectsOf(readManifests(file)).filter(
    ({ apiVersion, kind }) => apiVersion === "apiextensions.k8s.io/v1" && kind === "CustomResourceDefinition",
  );
  const [definition, ...others] = definitions as unknown as CustomResourceDefinition[];
  if (!definition) throw new UsageError(`${file} holds no CustomResourceDefinition of apiextensions.k8s.io/v1`);
  if (others.length > 0) throw new UsageError(`${file} holds ${definitions.length} CustomResourceDefinitions: give a file of one`);
  process.stdout.write(typesOfDefinition(definition));
}
