import type { SubjectAccessReview } from "../../api/authorization/v1.ts";
import type { CertificateSigningRequest } from "../../api/certificates/v1.ts";
import type { Node } from "../../api/core/v1.ts";
import { certificatesigningrequests, nodes as nodesRef, subjectaccessreviews } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import { deepCopy, deepEqual, nameOf } from "../../machinery/object.ts";
import {
  type CertificateIssuer,
  hasCondition,
  nodesGroup,
  nodeUserPrefix,
  notForNodeClient,
  notForNodeServing,
  type RequestedCertificate,
  signers,
} from "./requested-certificate.ts";

export type CertificateDeps = ComponentDeps & { informers: InformerFactory; issuer: CertificateIssuer };

/**
 * Approves what nodes need to join: client certificates, for who may ask for them, and serving certificates of a node for its own
 * name and addresses. Everything else waits for a person.
 */
export function startCertificateApprover(deps: CertificateDeps): Component {
  const requests = deps.informers.informer(certificatesigningrequests);
  const nodes = deps.informers.informer(nodesRef);
  const logger = deps.logger.child({ controller: "csrapproving" });
  const told = new Set<string>();
  const tellOnce = (request: CertificateSigningRequest, why: string) => {
    const key = `${request.metadata.uid} ${why}`;
    if (told.has(key)) return;
    told.add(key);
    logger.info("a certificate request is not approved", { request: nameOf(request), why });
  };
  return startController({
    name: "csrapproving",
    deps,
    informers: [requests, nodes],
    setup(queue, on) {
      const enqueue = (request: CertificateSigningRequest) => queue.add(nameOf(request));
      // A node tells its addresses a moment after it has joined, and perhaps after it has asked.
      const lookAgain = () => {
        for (const request of requests.list()) if (request.spec.signerName === signers.nodeServing) enqueue(request);
      };
      on(nodes, {
        add: lookAgain,
        update: (node, old) => {
          if (!deepEqual(node.status?.addresses, old.status?.addresses)) lookAgain();
        },
        delete: lookAgain,
      });
      on(requests, {
        add: enqueue,
        update: enqueue,
        delete(request) {
          for (const key of told) if (key.startsWith(`${request.metadata.uid} `)) told.delete(key);
        },
      });
    },
    async sync(name) {
      const request = requests.get(name);
      if (!request || request.status?.certificate || hasCondition(request, "Approved", "Denied", "Failed")) return;
      const { signerName } = request.spec;
      if (signerName !== signers.nodeClient && signerName !== signers.nodeServing) return;
      const requested = await deps.issuer.read(atob(request.spec.request));
      if (!requested) return tellOnce(request, "it can't be read, or is not signed with its own key");
      const client = signerName === signers.nodeClient;
      const malformed = client ? notForNodeClient(request, requested) : notForNodeServing(request, requested);
      if (malformed) return tellOnce(request, malformed);
      if (client) return await approveClient(deps, request, requested);
      const why = notItsOwn(request, requested, nodes);
      if (!why) return await approve(deps, request, "Auto approving kubelet serving certificate for the node's own name and addresses.");
      tellOnce(request, why);
    },
  });
}

async function approveClient(deps: CertificateDeps, request: CertificateSigningRequest, requested: RequestedCertificate): Promise<void> {
  const kinds = [...(requested.commonName === request.spec.username ? (["selfnodeclient"] as const) : []), "nodeclient" as const];
  for (const subresource of kinds) {
    if (!(await mayCreate(deps, request, subresource))) continue;
    const what = subresource === "nodeclient" ? "kubelet client certificate" : "self kubelet client certificate";
    return await approve(deps, request, `Auto approving ${what} after SubjectAccessReview.`);
  }
  // Rights may come later: the queue's back-off asks again.
  throw new Error(
    `recognized csr ${JSON.stringify(nameOf(request))} as ${JSON.stringify(kinds)} but subject access review was not approved`,
  );
}

async function mayCreate({ client }: CertificateDeps, { spec }: CertificateSigningRequest, subresource: string): Promise<boolean> {
  const review = await client.create(subjectaccessreviews, {
    metadata: {},
    spec: {
      user: spec.username ?? "",
      groups: spec.groups ?? [],
      ...(spec.uid ? { uid: spec.uid } : {}),
      ...(spec.extra ? { extra: spec.extra } : {}),
      resourceAttributes: {
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests",
        subresource,
        verb: "create",
        version: "*",
      },
    },
  } satisfies SubjectAccessReview);
  return review.status?.allowed === true;
}

/** Why a node may not have such a serving certificate; undefined when it is for its own name and addresses. */
function notItsOwn({ spec }: CertificateSigningRequest, requested: RequestedCertificate, nodes: Informer<Node>): string | undefined {
  if (spec.username !== requested.commonName || !spec.groups?.includes(nodesGroup)) return "another user than the node asks for it";
  const name = requested.commonName.slice(nodeUserPrefix.length);
  const otherName = requested.dnsNames.find((dnsName) => dnsName !== name);
  if (otherName !== undefined) return `${otherName} is not the node's name`;
  const node = nodes.get(name);
  if (!node) return `there is no node ${name}`;
  const own = addressesOf(node);
  for (const address of requested.addresses) {
    if (!own.includes(address)) return `${address} is not among the node's addresses`;
    // A node writes its own addresses: it can't take over those of others.
    const owner = nodes.list().find((other) => other !== node && addressesOf(other).includes(address));
    if (owner) return `${address} is an address of node ${nameOf(owner)} too`;
  }
  return undefined;
}

function addressesOf({ status }: Node): string[] {
  return (status?.addresses ?? []).filter(({ type }) => type === "InternalIP" || type === "ExternalIP").map(({ address }) => address);
}

async function approve({ client }: CertificateDeps, request: CertificateSigningRequest, message: string): Promise<void> {
  const approved = deepCopy(request);
  approved.status = {
    ...approved.status,
    conditions: [...(approved.status?.conditions ?? []), { type: "Approved", status: "True", reason: "AutoApproved", message }],
  };
  await client.update(certificatesigningrequests, approved, { subresource: "approval" });
}
