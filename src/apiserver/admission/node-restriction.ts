import { mirrorAnnotation } from "../../api/core/pod-annotations.ts";
import type { Node, Pod } from "../../api/core/v1.ts";
import { parseCertificateRequest } from "../../machinery/certificate-request.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { nodeNameOf, nodeUserPrefix } from "../authorization/node-authorizer.ts";
import { podReferences } from "../authorization/pod-references.ts";
import type { ObjectReader } from "../object-reader.ts";
import { checkNodeToken } from "./node-token.ts";
import { refuse } from "./refuse.ts";

/** Labels in Kubernetes' own domains that a node may set on itself. */
const kubeletLabels = new Set([
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
]);

/** Narrows what the Node authorizer allows to the node's own objects. */
export function nodeRestriction(objects: ObjectReader, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "NodeRestriction",
    admit(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined) return;
      if (node === "") throw refuse(attributes, `could not determine node from user ${JSON.stringify(attributes.user.name)}`);
      const { resource, subresource, operation } = attributes;
      switch (resource.qualifiedName) {
        case "pods":
          checkPod(objects, attributes, node);
          break;
        case "nodes":
          if (subresource === "" || subresource === "status") checkNode(attributes, node);
          break;
        case "persistentvolumeclaims":
          checkClaim(attributes, node);
          break;
        case "serviceaccounts":
          if (operation === "CREATE" && subresource === "token") return checkNodeToken(objects, authorizer, attributes, node);
          break;
        case "leases.coordination.k8s.io":
          if (operation !== "CONNECT" && attributes.namespace !== "kube-node-lease") {
            throw refuse(attributes, 'can only access leases in the "kube-node-lease" system namespace');
          }
          if (attributes.name !== node) throw refuse(attributes, "can only access node lease with the same name as the requesting node");
          break;
        case "csinodes.storage.k8s.io":
          if (attributes.name !== node) throw refuse(attributes, "can only access CSINode with the same name as the requesting node");
          break;
        case "resourceslices.resource.k8s.io":
          checkSlice(attributes, node);
          break;
        case "certificatesigningrequests.certificates.k8s.io":
          if (operation === "CREATE" && subresource === "") checkCertificateRequest(attributes, node);
          break;
        default:
          break;
      }
    },
  };
}

function checkPod(objects: ObjectReader, attributes: AdmissionAttributes, node: string): void {
  const { operation, subresource } = attributes;
  const quoted = JSON.stringify(node);
  if (subresource === "eviction" || (subresource === "" && operation === "DELETE")) {
    const pod = objects.get("pods", attributes.namespace, attributes.name)?.value as Pod | undefined;
    if (pod && pod.spec?.nodeName !== node) {
      const what = subresource === "eviction" ? `node ${node} can only evict pods` : `node ${quoted} can only delete pods`;
      throw refuse(attributes, `${what} with spec.nodeName set to itself`);
    }
  } else if (subresource === "status") {
    const old = attributes.old as Pod | undefined;
    const pod = attributes.object as Pod | undefined;
    if (old?.spec?.nodeName !== node)
      throw refuse(attributes, `node ${quoted} can only update pod status for pods with spec.nodeName set to itself`);
    if (pod && !deepEqual(pod.metadata.labels, old.metadata.labels))
      throw refuse(attributes, `node ${quoted} cannot update labels through pod status`);
    if (pod && !deepEqual(pod.status?.resourceClaimStatuses ?? [], old.status?.resourceClaimStatuses ?? []))
      throw refuse(attributes, `node ${quoted} cannot update resource claim statues`);
    if (pod && !deepEqual(pod.status?.extendedResourceClaimStatus ?? null, old.status?.extendedResourceClaimStatus ?? null))
      throw refuse(attributes, `node ${quoted} cannot update extended resource claim status`);
  } else if (subresource !== "") {
    throw refuse(attributes, `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`);
  } else if (operation === "CREATE") checkMirrorPod(objects, attributes, node);
  else throw refuse(attributes, `unexpected operation ${JSON.stringify(operation)}, node ${quoted} can only create and delete mirror pods`);
}

function checkMirrorPod(objects: ObjectReader, attributes: AdmissionAttributes, node: string): void {
  const pod = attributes.object as Pod;
  const quoted = JSON.stringify(node);
  if (pod.metadata.annotations?.[mirrorAnnotation] === undefined) {
    throw refuse(
      attributes,
      `pod does not have ${JSON.stringify(mirrorAnnotation)} annotation, node ${quoted} can only create mirror pods`,
    );
  }
  if (pod.spec?.nodeName !== node) throw refuse(attributes, `node ${quoted} can only create pods with spec.nodeName set to itself`);
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.length > 1) throw refuse(attributes, `node ${quoted} can only create pods with a single owner reference set to itself`);
  const [owner] = owners;
  if (owner?.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node) {
    throw refuse(attributes, `node ${quoted} can only create pods with an owner reference set to itself`);
  }
  if (owner.controller !== true)
    throw refuse(attributes, `node ${quoted} can only create pods with a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion) throw refuse(attributes, `node ${quoted} must not set blockOwnerDeletion on an owner reference`);
  const uid = objects.get("nodes", "", node)?.value.metadata.uid;
  if (uid !== owner.uid) throw refuse(attributes, `node ${node} UID mismatch: expected ${owner.uid} got ${uid ?? ""}`);
  const { secrets, configMaps, claims, serviceAccount } = podReferences(pod);
  const used = [
    ["secrets", secrets.size],
    ["configmaps", configMaps.size],
    ["persistentvolumeclaims", claims.size],
    ["serviceaccounts", serviceAccount === "" ? 0 : 1],
  ] as const;
  for (const [resource, count] of used)
    if (count > 0) throw refuse(attributes, `node ${quoted} can not create pods that reference ${resource}`);
}

function checkNode(attributes: AdmissionAttributes, node: string): void {
  const quoted = JSON.stringify(node);
  const name = attributes.name || (attributes.object?.metadata.name ?? "");
  if (name !== node) throw refuse(attributes, `node ${quoted} is not allowed to modify node ${JSON.stringify(name)}`);
  const added = attributes.object as Node | undefined;
  if (!added) return;
  if (attributes.operation === "CREATE") {
    const labels = forbiddenLabels(Object.keys(added.metadata.labels ?? {}));
    if (labels.length > 0) throw refuse(attributes, `node ${quoted} is not allowed to set the following labels: ${labels.join(", ")}`);
    return;
  }
  const old = attributes.old as Node | undefined;
  if (attributes.operation !== "UPDATE" || !old) return;
  if (!deepEqual(added.spec?.taints ?? [], old.spec?.taints ?? []))
    throw refuse(attributes, `node ${quoted} is not allowed to modify taints`);
  if (!deepEqual(added.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
    throw refuse(attributes, `node ${quoted} is not allowed to modify ownerReferences`);
  }
  const before = old.metadata.labels ?? {};
  const after = added.metadata.labels ?? {};
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key]);
  const labels = forbiddenLabels(changed);
  if (labels.length > 0) throw refuse(attributes, `is not allowed to modify labels: ${labels.join(", ")}`);
}

/** Of a claim a node tells what it found of the volume, and nothing else. */
function checkClaim(attributes: AdmissionAttributes, node: string): void {
  const { subresource, object, old } = attributes;
  if (subresource !== "status") throw refuse(attributes, "may only update PVC status");
  if (!object || !old) return;
  const rest = (claim: Readonly<AnyObject>) => {
    const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...status } = (claim.status ?? {}) as Record<
      string,
      unknown
    >;
    const { resourceVersion, managedFields, ...metadata } = claim.metadata;
    return { ...claim, metadata, status };
  };
  if (deepEqual(rest(object), rest(old))) return;
  throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`);
}

function checkSlice(attributes: AdmissionAttributes, node: string): void {
  const { operation, object, old } = attributes;
  if (operation !== "CREATE" && operation !== "DELETE") return;
  const { nodeName } = ((operation === "CREATE" ? object : old)?.spec ?? {}) as { nodeName?: string };
  if (nodeName !== node)
    throw refuse(attributes, `can only ${operation.toLowerCase()} ResourceSlice with the same NodeName as the requesting node`);
}

/** What else a request may ask for is looked at when it is approved. */
function checkCertificateRequest(attributes: AdmissionAttributes, node: string): void {
  const { signerName = "", request = "" } = (attributes.object?.spec ?? {}) as { signerName?: string; request?: string };
  if (signerName !== "kubernetes.io/kubelet-serving" && signerName !== "kubernetes.io/kube-apiserver-client-kubelet") return;
  let commonName: string;
  try {
    ({ commonName } = parseCertificateRequest(atob(request)));
  } catch (error) {
    throw refuse(attributes, `unable to parse csr: ${(error as Error).message}`);
  }
  const wanted = `${nodeUserPrefix}${node}`;
  if (commonName !== wanted) throw refuse(attributes, `can only create a node CSR with CN=${wanted}`);
}

/** Labels in kubernetes.io and k8s.io that belong to administrators. */
function forbiddenLabels(keys: readonly string[]): string[] {
  return keys
    .filter((key) => {
      const slash = key.indexOf("/");
      const domain = slash < 0 ? "" : key.slice(0, slash);
      if (domain === "node-restriction.kubernetes.io" || domain.endsWith(".node-restriction.kubernetes.io")) return true;
      if (!/(^|\.)(kubernetes\.io|k8s\.io)$/.test(domain)) return false;
      if (kubeletLabels.has(key)) return false;
      return !/(^|\.)(kubelet|node)\.kubernetes\.io$/.test(domain);
    })
    .sort();
}
