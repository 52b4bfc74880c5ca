import type { PersistentVolumeClaim, Pod } from "../api/core/v1.ts";
import { persistentvolumeclaims, persistentvolumes } from "../api/refs.ts";
import type { ComponentDeps } from "../client/client.ts";
import type { InformerFactory } from "../client/informer.ts";
import { keyOf, nameOf } from "../machinery/object.ts";
import { type ClaimBinding, selectedNodeAnnotation } from "./plugins/volume-binding.ts";
import { isFullyBound } from "./plugins/volume-view.ts";

/** How long a pod waits for its claims to be bound. */
const timeoutMilliseconds = 600_000;

/**
 * Reserves volumes for the claims of a pod that waits for them, or tells the provisioner the node; resolves when all claims are
 * bound. Rejects when one is deleted, when the volume was taken by another, or after ten minutes.
 */
export async function bindClaims(
  deps: ComponentDeps & { informers: InformerFactory },
  pod: Pod,
  node: string,
  bindings: readonly ClaimBinding[],
): Promise<void> {
  for (const { claim, volume } of bindings) {
    if (volume) await reserve(deps, volume, claim);
    else await selectNode(deps, claim, node);
  }
  await untilBound(
    deps,
    pod,
    bindings.map(({ claim }) => keyOf(claim)),
  );
}

async function reserve({ client }: ComponentDeps, volume: NonNullable<ClaimBinding["volume"]>, claim: PersistentVolumeClaim) {
  if (volume.spec?.claimRef?.uid === claim.metadata.uid) return;
  const { name = "", namespace = "", uid = "", resourceVersion = "" } = claim.metadata;
  const claimRef = { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion };
  // The volume's resource version goes with it: of two pods that want it, one gets it.
  await client.update(persistentvolumes, { ...volume, spec: { ...volume.spec, claimRef } });
}

async function selectNode({ client }: ComponentDeps, claim: PersistentVolumeClaim, node: string): Promise<void> {
  if (claim.metadata.annotations?.[selectedNodeAnnotation] === node) return;
  await client.patch(
    persistentvolumeclaims,
    nameOf(claim),
    { type: "application/merge-patch+json", body: { metadata: { annotations: { [selectedNodeAnnotation]: node } } } },
    { namespace: claim.metadata.namespace ?? "" },
  );
}

async function untilBound(
  { clock, signal, informers }: ComponentDeps & { informers: InformerFactory },
  pod: Pod,
  keys: readonly string[],
): Promise<void> {
  const informer = informers.informer(persistentvolumeclaims);
  const isBound = () =>
    keys.every((key) => {
      const claim = informer.get(key);
      return claim !== undefined && isFullyBound(claim) && claim.status?.phase === "Bound";
    });
  signal.throwIfAborted();
  if (isBound()) return;
  await new Promise<void>((resolve, reject) => {
    const finish = (error?: unknown) => {
      remove();
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      if (error) reject(error);
      else resolve();
    };
    const onAbort = () => finish(signal.reason);
    const timer = clock.setTimeout(() => finish(new Error(`the claims of pod ${keyOf(pod)} were not bound in time`)), timeoutMilliseconds);
    const remove = informer.on({
      update: () => {
        if (isBound()) finish();
      },
      delete: (claim) => {
        if (keys.includes(keyOf(claim))) finish(new Error(`claim ${keyOf(claim)} was deleted`));
      },
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
