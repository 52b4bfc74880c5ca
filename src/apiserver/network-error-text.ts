/** What Node's sockets and TLS tell of a failed request. */
interface NetworkError extends Error {
  code?: string;
  syscall?: string;
  address?: string;
  port?: number;
  hostname?: string;
  /** Of a certificate that doesn't fit: whom it was to be of, and it. */
  host?: string;
  cert?: { subjectaltname?: string };
}

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
]);

/** The certificate is for others than was asked for. */
function wrongNameText({ host = "", cert }: NetworkError): string {
  const names = (cert?.subjectaltname ?? "").split(", ").flatMap((name) => (name.startsWith("DNS:") ? [name.slice("DNS:".length)] : []));
  const wanted = host.replace(/\.$/, "");
  if (names.length === 0) return `certificate is not valid for any names, but wanted to match ${wanted}`;
  return `certificate is valid for ${names.join(", ")}, not ${wanted}`;
}

/** Why a request did not get an answer, in the words that upstream's clients have for it; others as they come. */
export function networkErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = "", address = "", port = "", hostname = "", message } = error as NetworkError;
  const peer = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  if (code === "ECONNREFUSED") return `dial tcp ${peer}: connect: connection refused`;
  if (code === "EHOSTUNREACH") return `dial tcp ${peer}: connect: no route to host`;
  if (code === "ENETUNREACH") return `dial tcp ${peer}: connect: network is unreachable`;
  if (code === "ETIMEDOUT") return `dial tcp ${peer}: connect: connection timed out`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `dial tcp: lookup ${hostname}: no such host`;
  if (code === "ECONNRESET") return /socket hang up|disconnected/.test(message) ? "EOF" : "read: connection reset by peer";
  if (code === "EPIPE") return "write: broken pipe";
  if (untrusted.has(code)) return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `tls: failed to verify certificate: x509: ${wrongNameText(error)}`;
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return "tls: first record does not look like a TLS handshake";
  return message;
}
