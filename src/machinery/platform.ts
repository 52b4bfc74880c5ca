/**
 * What the core needs of the outside, handed in by `cluster/`: the core imports nothing of `node:`. All of it is synchronous
 * where the request path needs it to be.
 */
export interface Platform {
  /** SHA-256 of UTF-8 text or bytes, as lower-case hex. */
  sha256(data: string | Uint8Array): string;
  /** A signed JSON Web Token over these claims, with the cluster's service-account key. */
  signToken(claims: Record<string, unknown>): Promise<string>;
  /**
   * The claims of a token that a service-account key of the cluster signed, or why the signature is none; undefined for what is no
   * token. Does not check times.
   */
  verifyToken(token: string): Promise<{ claims: Record<string, unknown> } | { error: string } | undefined>;
  /** The public keys of the service-account tokens as a JSON Web Key Set. */
  jwks(): Promise<Record<string, unknown>>;
  /** Raw deflate blocks at the fastest level: none is the last one, and they end at a byte, so that any others may follow. */
  deflate(data: Uint8Array): Promise<Uint8Array>;
  crc32(data: Uint8Array): number;
  /** Whether the key made the signature; false for algorithms that aren't known. */
  verifySignature(signature: SignedData): boolean;
  /** Lets what waits on this thread have its turn: between the slices of long work. */
  pause(): Promise<void>;
  /** An outgoing HTTPS request: webhooks, node agents, aggregated servers. */
  fetch(request: OutgoingRequest): Promise<OutgoingResponse>;
}

export interface SignedData {
  signed: Uint8Array;
  /** DER of a SubjectPublicKeyInfo. */
  publicKey: Uint8Array;
  /** The object identifier of the signature algorithm. */
  algorithm: string;
  signature: Uint8Array;
}

export interface OutgoingRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: Uint8Array | string;
  /** PEM certificates that the server's must chain to; the cluster's CA when absent. */
  caBundle?: string;
  /** The server's certificate must chain to an authority that the system trusts. */
  systemAuthorities?: boolean;
  /** Present the API server's client certificate (for node agents), or another one, PEM. */
  clientCertificate?: boolean | { certificate: string; key: string };
  /** Take any certificate of the server: a kubeconfig said so. */
  insecure?: boolean;
  /** The name to check the server's certificate against, when it isn't the URL's host. */
  serverName?: string;
  timeoutSeconds: number;
  signal?: AbortSignal;
}

export interface OutgoingResponse {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}
