/** A certificate with its key, both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface CertificateRequest {
  commonName: string;
  /** Groups, in a client certificate. */
  organizations?: string[];
  usages: ("server" | "client")[];
  dnsNames?: string[];
  addresses?: string[];
}

export interface RequestCertification {
  /** As in a CertificateSigningRequest: `server auth`. */
  usages: readonly string[];
  /** Milliseconds since the epoch. */
  notBefore: number;
  notAfter: number;
}

export interface CertificateAuthority {
  /** The authority's certificate, PEM. */
  readonly certificate: string;
  issue(request: CertificateRequest): Promise<KeyPair>;
  /** A certificate over the key and the names of somebody's request. */
  certify(request: string, options: RequestCertification): Promise<string>;
}
