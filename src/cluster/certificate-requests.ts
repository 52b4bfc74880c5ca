import type { CertificateIssuer, RequestedCertificate } from "../controllers/certificates/requested-certificate.ts";
import type { CertificateAuthority, CertificateRequest, KeyPair, RequestCertification } from "./certificate.ts";
import { algorithm, exportPrivateKey, importSigningKey, library, serialNumber } from "./x509.ts";

/** Issues with the cluster's authorities. */
export function createIssuer(authorities: { cluster: CertificateAuthority; serving: CertificateAuthority }): CertificateIssuer {
  return {
    read: readRequest,
    issue: (request, { authority, ...options }) => authorities[authority].certify(request, options),
  };
}

/** A new key and a PKCS#10 request for a certificate over it, both PEM. */
export async function makeRequest(wanted: Omit<CertificateRequest, "usages">): Promise<{ request: string; key: string }> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const names = alternativeNames(wanted.dnsNames, wanted.addresses);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subjectOf(wanted),
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  return { request: `${request.toString("pem")}\n`, key: await exportPrivateKey(keys.privateKey) };
}

/** What a request asks for; undefined when it is none, or not signed with the key that it names. */
async function readRequest(pem: string): Promise<RequestedCertificate | undefined> {
  const x509 = await library();
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    if (!(await request.verify())) return undefined;
    const names = request.extensions.find((extension) => extension instanceof x509.SubjectAlternativeNameExtension)?.names.items ?? [];
    const of = (...types: string[]) => names.filter(({ type }) => types.includes(type)).map(({ value }) => value);
    return {
      commonName: request.subjectName.getField("CN")[0] ?? "",
      organizations: request.subjectName.getField("O"),
      dnsNames: of("dns"),
      addresses: of("ip"),
      emails: of("email"),
      // Kinds of names that nobody here asks for are as little wanted as these.
      uris: names.filter(({ type }) => !["dns", "ip", "email"].includes(type)).map(({ value }) => value),
    };
  } catch {
    return undefined;
  }
}

/** Issues a certificate over a request's key, subject and names. The request has been read, and found to be allowed, before. */
export async function certifyRequest(authority: KeyPair, pem: string, options: RequestCertification): Promise<string> {
  const x509 = await library();
  const request = new x509.Pkcs10CertificateRequest(pem);
  const issuer = new x509.X509Certificate(authority.certificate);
  const { usages } = options;
  const extended = [
    ...(usages.includes("server auth") ? [x509.ExtendedKeyUsage.serverAuth] : []),
    ...(usages.includes("client auth") ? [x509.ExtendedKeyUsage.clientAuth] : []),
  ];
  const encipherment = usages.includes("key encipherment") ? x509.KeyUsageFlags.keyEncipherment : 0;
  const names = request.extensions.find((extension) => extension instanceof x509.SubjectAlternativeNameExtension);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subjectName.toJSON(),
    issuer: issuer.subject,
    notBefore: new Date(options.notBefore),
    notAfter: new Date(Math.min(options.notAfter, issuer.notAfter.getTime())),
    signingKey: await importSigningKey(authority.key),
    publicKey: request.publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | encipherment, true),
      new x509.ExtendedKeyUsageExtension(extended),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names ? [new x509.SubjectAlternativeNameExtension(names.names.items)] : []),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}

export function alternativeNames(dnsNames: readonly string[] = [], addresses: readonly string[] = []) {
  return [...dnsNames.map((value) => ({ type: "dns" as const, value })), ...addresses.map((value) => ({ type: "ip" as const, value }))];
}

export function subjectOf(request: Pick<CertificateRequest, "commonName" | "organizations">): { [attribute: string]: string[] }[] {
  return [...(request.organizations ?? []).map((organization) => ({ O: [organization] })), { CN: [request.commonName] }];
}
