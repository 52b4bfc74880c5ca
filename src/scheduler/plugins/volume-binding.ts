import { matchesNodeSelector } from "../../api/core/node-affinity.ts";
import type { Node, NodeSelector, PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/core/v1.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import { classOfClaim, findVolume } from "../../controllers/persistentvolume/match.ts";
import { type FilterPlugin, type PodRejection, rejection } from "../framework.ts";
import { claimNames, isFullyBound, type VolumeView, waitsForFirstConsumer } from "./volume-view.ts";

/** The annotation that tells the provisioner on which node a claim's first pod will be. */
export const selectedNodeAnnotation = "volume.kubernetes.io/selected-node";
const noProvisioner = "kubernetes.io/no-provisioner";

interface State {
  /** What bound volumes demand of the node. */
  affinities: NodeSelector[];
  /** Claims that wait for their first pod's node. */
  unbound: PersistentVolumeClaim[];
}

/** What a claim gets on a node: a volume that is there, or one that is made for it. */
export interface ClaimBinding {
  claim: PersistentVolumeClaim;
  volume: PersistentVolume | undefined;
}

const volumeElsewhere = rejection("node(s) didn't match PersistentVolume's node affinity", true);
const noVolume = rejection("node(s) didn't find available persistent volumes to bind", true);

/** Claims must exist, be bound or wait for their first pod, and their volumes must be reachable from the node. */
export function volumeBinding(view: VolumeView): FilterPlugin<State> {
  return {
    name: "VolumeBinding",
    prepareFilter({ pod, namespace }): State | PodRejection | undefined {
      const names = claimNames(pod);
      if (names.length === 0) return undefined;
      const state: State = { affinities: [], unbound: [] };
      for (const name of names) {
        const claim = view.claim(namespace, name);
        if (!claim) return { reason: missingText(pod, name) };
        const reason = unusableText(claim, view);
        if (reason !== undefined) return { reason };
        if (!isFullyBound(claim)) state.unbound.push(claim);
        else {
          const required = view.volume(claim.spec?.volumeName ?? "")?.spec?.nodeAffinity?.required;
          if (required) state.affinities.push(required);
        }
      }
      return state;
    },
    filter({ affinities, unbound }, _pod, { node }) {
      for (const affinity of affinities) if (!node || !matchesNodeSelector(affinity, node)) return volumeElsewhere;
      return unbound.length === 0 || (node && bindingsOn(node, unbound, view)) ? undefined : noVolume;
    },
  };
}

function missingText(pod: Pod, name: string): string {
  const isEphemeral = !pod.spec?.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === name);
  return isEphemeral
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${JSON.stringify(name)}`
    : `persistentvolumeclaim ${JSON.stringify(name)} not found`;
}

function unusableText(claim: PersistentVolumeClaim, view: VolumeView): string | undefined {
  const { name } = claim.metadata;
  if (claim.status?.phase === "Lost") {
    return `persistentvolumeclaim ${JSON.stringify(name)} bound to non-existent persistentvolume ${JSON.stringify(claim.spec?.volumeName ?? "")}`;
  }
  if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim ${JSON.stringify(name)} is being deleted`;
  if (isFullyBound(claim)) return undefined;
  if (claim.spec?.volumeName || !waitsForFirstConsumer(claim, view)) return "pod has unbound immediate PersistentVolumeClaims";
  return undefined;
}

/** How the claims of the pod that wait for it would be bound on the node; none when all are bound. Undefined: they can't be. */
export function claimBindings(pod: Pod, node: Node, view: VolumeView): ClaimBinding[] | undefined {
  const unbound: PersistentVolumeClaim[] = [];
  for (const name of claimNames(pod)) {
    const claim = view.claim(pod.metadata.namespace ?? "", name);
    if (claim && !isFullyBound(claim)) unbound.push(claim);
  }
  return bindingsOn(node, unbound, view);
}

function bindingsOn(node: Node, claims: readonly PersistentVolumeClaim[], view: VolumeView): ClaimBinding[] | undefined {
  const bindings: ClaimBinding[] = [];
  let reachable: PersistentVolume[] | undefined;
  for (const claim of claims) {
    const selected = claim.metadata.annotations?.[selectedNodeAnnotation];
    if (selected !== undefined && selected !== node.metadata.name) return undefined;
    reachable ??= view.volumes().filter(({ spec }) => {
      const required = spec?.nodeAffinity?.required;
      return required === undefined || matchesNodeSelector(required, node);
    });
    // What is being made already is waited for.
    const volume = selected === undefined ? findVolume(claim, reachable) : undefined;
    if (volume) reachable = reachable.filter((other) => other !== volume);
    else if (!canProvision(view.storageClass(classOfClaim(claim)), node)) return undefined;
    bindings.push({ claim, volume });
  }
  return bindings;
}

function canProvision(storageClass: StorageClass | undefined, node: Node): boolean {
  if (!storageClass || storageClass.provisioner === noProvisioner) return false;
  const topologies = storageClass.allowedTopologies ?? [];
  const labels = node.metadata.labels ?? {};
  return (
    topologies.length === 0 ||
    topologies.some(({ matchLabelExpressions }) =>
      (matchLabelExpressions ?? []).every(({ key, values }) => labels[key] !== undefined && values.includes(labels[key])),
    )
  );
}
