import type { CertificateSigningRequest } from "../../api/certificates/v1.ts";

/** What a PKCS#10 request asks for. */
export interface RequestedCertificate {
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  addresses: string[];
  emails: string[];
  uris: string[];
}

/** X.509 work, which the core does not do itself. */
export interface CertificateIssuer {
  /** Undefined when it is no request, or not signed with the key that it names. */
  read(request: string): Promise<RequestedCertificate | undefined>;
  /** A certificate over the request's key, subject and names: PEM. Times in milliseconds since the epoch. */
  issue(request: string, options: IssueOptions): Promise<string>;
}

export interface IssueOptions {
  /** `serving`: of an authority that nobody takes for the API server. */
  authority: "cluster" | "serving";
  usages: readonly string[];
  notBefore: number;
  notAfter: number;
}

export const signers = {
  client: "kubernetes.io/kube-apiserver-client",
  nodeClient: "kubernetes.io/kube-apiserver-client-kubelet",
  nodeServing: "kubernetes.io/kubelet-serving",
} as const;

export const nodeUserPrefix = "system:node:";
export const nodesGroup = "system:nodes";

export function hasCondition({ status }: CertificateSigningRequest, ...types: string[]): boolean {
  return status?.conditions?.some(({ type }) => types.includes(type)) ?? false;
}

const names = ["dnsNames", "addresses", "emails", "uris"] as const;

/** Why this is no request for a node's client certificate; undefined when it is one. */
export function notForNodeClient({ spec }: CertificateSigningRequest, requested: RequestedCertificate): string | undefined {
  if (names.some((kind) => requested[kind].length > 0)) return "a node's client certificate has no names beside its subject";
  return notForNode(requested) ?? wrongUsages(spec.usages ?? [], "client auth");
}

/** Why this is no request for a node's serving certificate; undefined when it is one. */
export function notForNodeServing({ spec }: CertificateSigningRequest, requested: RequestedCertificate): string | undefined {
  if (requested.dnsNames.length + requested.addresses.length === 0) return "a serving certificate needs a DNS name or an IP address";
  if (requested.emails.length + requested.uris.length > 0) return "a node's serving certificate has no e-mail addresses and no URIs";
  return notForNode(requested) ?? wrongUsages(spec.usages ?? [], "server auth");
}

function notForNode({ organizations, commonName }: RequestedCertificate): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== nodesGroup) return `its organization is not ${nodesGroup}`;
  return commonName.startsWith(nodeUserPrefix) ? undefined : `its common name does not begin with ${nodeUserPrefix}`;
}

function wrongUsages(usages: readonly string[], wanted: string): string | undefined {
  const allowed = new Set([wanted, "digital signature", "key encipherment"]);
  const right = usages.includes(wanted) && usages.includes("digital signature") && usages.every((usage) => allowed.has(usage));
  return right ? undefined : `its usages are not "digital signature" and "${wanted}"`;
}
