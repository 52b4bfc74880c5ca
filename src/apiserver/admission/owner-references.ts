import type { OwnerReference } from "../../machinery/meta/v1.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import { parseApiVersion } from "../../machinery/resource-ref.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import { type Authorizer, resourceAttributes } from "../authorization/authorizer.ts";
import type { ResourceCatalog } from "../catalog.ts";
import { refuse } from "./refuse.ts";

/** Who gives an object other owners may delete it, and who makes it hold up an owner's deletion may set the owner's finalizers. */
export function ownerReferencesPermissions(catalog: ResourceCatalog, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "OwnerReferencesPermissionEnforcement",
    async validate(attributes) {
      const { operation, object, old, resource, subresource, user } = attributes;
      if ((operation !== "CREATE" && operation !== "UPDATE") || !object) return;
      if (resource.qualifiedName === "pods" && subresource === "status") return;
      if (deepEqual(ownersOf(object), ownersOf(old))) return;
      const { group, version, resource: plural } = resource.definition;
      if (operation === "UPDATE") {
        const { namespace, name } = attributes;
        const asked = resourceAttributes({ verb: "delete", group, version, resource: plural, subresource, namespace, name });
        const { effect, reason, error } = await authorizer.decide(user, asked);
        if (effect !== "allow") {
          throw refuse(attributes, `cannot set an ownerRef on a resource you can't delete: ${reason}, ${error ?? "<nil>"}`);
        }
      }
      for (const owner of newlyBlocked(object, old)) await checkBlocking(catalog, authorizer, attributes, owner);
    },
  };
}

async function checkBlocking(
  catalog: ResourceCatalog,
  authorizer: Authorizer,
  attributes: AdmissionAttributes,
  { apiVersion, kind, name }: OwnerReference,
): Promise<void> {
  const { group, version } = parseApiVersion(apiVersion);
  const owner = catalog.findKind(group, version, kind);
  if (!owner) {
    const why = `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
    const what = `cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}`;
    throw refuse(attributes, `cannot set blockOwnerDeletion in this case because ${what}: ${why}`);
  }
  const { definition } = owner;
  const namespace = definition.namespaced ? attributes.namespace : "";
  const asked = resourceAttributes({
    verb: "update",
    group: definition.group,
    version: definition.version,
    resource: definition.resource,
    subresource: "finalizers",
    namespace,
    name,
  });
  const { effect, reason, error } = await authorizer.decide(attributes.user, asked);
  if (effect === "allow") return;
  throw refuse(
    attributes,
    `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${reason}, ${error ?? "<nil>"}`,
  );
}

function ownersOf(object: Readonly<AnyObject> | undefined): readonly OwnerReference[] {
  return object?.metadata?.ownerReferences ?? [];
}

/** The owners whose deletion the object holds up now, and did not before. */
function newlyBlocked(object: AnyObject, old: Readonly<AnyObject> | undefined): OwnerReference[] {
  const before = new Set(
    ownersOf(old)
      .filter(({ blockOwnerDeletion }) => blockOwnerDeletion)
      .map(({ uid }) => uid),
  );
  return ownersOf(object).filter(({ blockOwnerDeletion, uid }) => blockOwnerDeletion && !before.has(uid));
}
