import type { ControllerRevision } from "../../api/apps/v1.ts";
import type { PodTemplateSpec } from "../../api/core/v1.ts";
import { controllerrevisions } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { Informer } from "../../client/informer.ts";
import { isAlreadyExists, isNotFound } from "../../machinery/errors.ts";
import { controllerOf, deepEqual, type KubeObject, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import type { LabelSelector } from "../../machinery/selectors/label-selector.ts";
import { claim } from "./claim.ts";
import { controllerReference, orphansOf, ownedBy } from "./ownership.ts";
import { canonicalJson, stableHash } from "./template-hash.ts";

/** Thrown when a revision's name is taken by another: the next try counts one collision more. */
export class RevisionCollision extends Error {}

export interface RevisionedTemplate {
  client: Client;
  ownerRef: ResourceRef;
  owner: KubeObject;
  template: PodTemplateSpec;
  /** The label of a revision that holds its hash. */
  hashLabel: string;
  collisionCount: number | undefined;
}

/**
 * What a revision remembers, in the form in which a client puts it back: a patch of the owner. Keys are in order, since upstream's
 * controllers compare the bytes.
 */
function templatePatch(template: PodTemplateSpec): { spec: { template: object } } {
  return JSON.parse(canonicalJson({ spec: { template: { ...template, $patch: "replace" } } }));
}

function holdsTemplate(revision: ControllerRevision, template: PodTemplateSpec): boolean {
  return deepEqual(revision.data, templatePatch(template));
}

/** The pod template that a revision remembers. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (revision.data as unknown as ReturnType<typeof templatePatch>).spec.template as PodTemplateSpec & {
    $patch: unknown;
  };
  return template;
}

/** The owner's revisions, oldest first, orphans that match adopted. */
export async function claimRevisions<O extends KubeObject>(
  client: Client,
  ownerRef: ResourceRef<O>,
  owner: O,
  informer: Informer<ControllerRevision>,
  selector: LabelSelector,
): Promise<ControllerRevision[]> {
  const claimed = await claim({
    client,
    ownerRef,
    owner,
    dependentRef: controllerrevisions,
    candidates: [...ownedBy(informer, owner), ...orphansOf(informer, namespaceOf(owner))],
    matches: (revision) => selector.matches(revision.metadata.labels),
  });
  return claimed.sort(byRevision);
}

function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  const [first = "", second = ""] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (first !== second) return first < second ? -1 : 1;
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

/**
 * The revision that holds the owner's template: made when there is none, and numbered above all others. `revisions` come in order of
 * their numbers.
 */
export async function currentRevision(of: RevisionedTemplate, revisions: readonly ControllerRevision[]): Promise<ControllerRevision> {
  const current = revisions.findLast((revision) => holdsTemplate(revision, of.template));
  const number = revisions.reduce((most, revision) => (revision === current ? most : Math.max(most, revision.revision)), 0) + 1;
  if (!current) return await createRevision(of, number);
  return current.revision < number ? await of.client.update(controllerrevisions, { ...current, revision: number }) : current;
}

async function createRevision(of: RevisionedTemplate, number: number): Promise<ControllerRevision> {
  const { client, ownerRef, owner, template, hashLabel, collisionCount } = of;
  const hash = stableHash(template, collisionCount);
  const name = `${nameOf(owner).slice(0, 223)}-${hash}`;
  try {
    return await client.create(controllerrevisions, {
      apiVersion: "apps/v1",
      kind: "ControllerRevision",
      metadata: {
        name,
        namespace: namespaceOf(owner),
        labels: { ...template.metadata?.labels, [hashLabel]: hash },
        ...(owner.metadata.annotations ? { annotations: owner.metadata.annotations } : {}),
        ownerReferences: [controllerReference(ownerRef, owner)],
      },
      data: templatePatch(template),
      revision: number,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const present = await client.get(controllerrevisions, name, { namespace: namespaceOf(owner) });
    if (controllerOf(present)?.uid === uidOf(owner) && holdsTemplate(present, template)) return present;
    throw new RevisionCollision(error.message, { cause: error });
  }
}

/** Deletes the oldest revisions beyond the limit that nothing uses. */
export async function trimRevisions(
  client: Client,
  revisions: readonly ControllerRevision[],
  limit: number,
  isUsed: (revision: ControllerRevision) => boolean,
): Promise<void> {
  const unused = revisions.filter((revision) => !isUsed(revision));
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
    try {
      await client.delete(controllerrevisions, nameOf(revision), { namespace: namespaceOf(revision) });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
