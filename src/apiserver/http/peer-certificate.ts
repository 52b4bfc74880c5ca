import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { ClientCertificate } from "../request.ts";

/** What a connection tells of its client. */
export interface PeerIdentity {
  certificate?: ClientCertificate;
  /** From when and until when the certificate counts: milliseconds since the epoch. */
  times?: { notBefore: number; notAfter: number };
  /** A certificate came that none of the authorities signed, or that is out of date. */
  invalid?: boolean;
  remoteAddress?: string;
}

/** Whom client certificates are believed from. */
export class ClientAuthorities {
  /** PEM. */
  readonly clients: string;
  /** PEM; empty: nobody is a proxy in front. */
  readonly frontProxies: string;
  readonly #clients: readonly X509Certificate[];
  readonly #frontProxies: readonly X509Certificate[];

  constructor(clients: string, frontProxies = "") {
    this.clients = clients;
    this.frontProxies = frontProxies;
    this.#clients = certificatesIn(clients);
    this.#frontProxies = certificatesIn(frontProxies);
  }

  isOfClient(certificate: DetailedPeerCertificate): boolean {
    return leadsTo(certificate, this.#clients);
  }

  isOfFrontProxy(certificate: DetailedPeerCertificate): boolean {
    return leadsTo(certificate, this.#frontProxies);
  }
}

function certificatesIn(bundle: string): X509Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** TLS has found that a chain is good; this finds out for whom: authorities may have the same name. */
function leadsTo(certificate: DetailedPeerCertificate, authorities: readonly X509Certificate[]): boolean {
  const seen = new Set<string>();
  for (let at = certificate; at?.raw && !seen.has(at.fingerprint256); at = at.issuerCertificate) {
    seen.add(at.fingerprint256);
    const one = new X509Certificate(at.raw);
    if (authorities.some((authority) => one.checkIssued(authority) && one.verify(authority.publicKey))) return true;
    if (!at.issuerCertificate?.raw || !one.verify(new X509Certificate(at.issuerCertificate.raw).publicKey)) return false;
  }
  return false;
}

const uidAttribute = "1.3.6.1.4.1.57683.2";

const clientUsage = "1.3.6.1.5.5.7.3.2";
/** What TLS says of a certificate that is good at another time. */
const timeErrors = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

/** Whether TLS found it good; with `anyTime`, whether it did but for the time. */
function isGood(socket: TLSSocket, { raw }: DetailedPeerCertificate, anyTime: boolean): boolean {
  if (socket.authorized) return true;
  if (!anyTime || !timeErrors.has(String(socket.authorizationError))) return false;
  // Of several errors TLS tells the last.
  return new X509Certificate(raw).keyUsage?.includes(clientUsage) === true;
}

/** `anyTime`: times of certificates are left to whoever looks at the requests. */
export function certificateOf(socket: TLSSocket, authorities: ClientAuthorities, anyTime = false): PeerIdentity {
  const peer: PeerIdentity = {};
  if (socket.remoteAddress) peer.remoteAddress = socket.remoteAddress;
  const certificate = socket.getPeerCertificate(true);
  if (!certificate?.subject) return peer;
  const good = isGood(socket, certificate, anyTime);
  const isOfClient = good && authorities.isOfClient(certificate);
  const isOfFrontProxy = good && authorities.isOfFrontProxy(certificate);
  const subject = certificate.subject as unknown as Record<string, string | string[] | undefined>;
  const uids = [subject[uidAttribute] ?? []].flat();
  if ((!isOfClient && !isOfFrontProxy) || uids.length > 1 || uids[0] === "") {
    peer.invalid = true;
    return peer;
  }
  const notAfter = Date.parse(certificate.valid_to);
  peer.times = { notBefore: Date.parse(certificate.valid_from), notAfter };
  peer.certificate = {
    commonName: [subject.CN].flat()[0] ?? "",
    organizations: [subject.O ?? []].flat(),
    ...(uids[0] === undefined ? {} : { uid: uids[0] }),
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    notAfter,
    isOfClient,
    isOfFrontProxy,
  };
  return peer;
}
