import type { TLSSocket } from "node:tls";
import type { ClientCertificate } from "../request.ts";

/** What a connection tells of its client. */
export interface PeerIdentity {
  certificate?: ClientCertificate;
  /** A certificate came that the client CA did not sign, or that is out of date. */
  invalid?: boolean;
  remoteAddress?: string;
}

export function certificateOf(socket: TLSSocket): PeerIdentity {
  const peer: PeerIdentity = {};
  if (socket.remoteAddress) peer.remoteAddress = socket.remoteAddress;
  const certificate = socket.getPeerCertificate();
  if (!certificate?.subject) return peer;
  if (!socket.authorized) {
    peer.invalid = true;
    return peer;
  }
  const subject = certificate.subject as unknown as Record<string, string | string[] | undefined>;
  peer.certificate = { commonName: [subject.CN].flat()[0] ?? "", organizations: [subject.O ?? []].flat() };
  return peer;
}
