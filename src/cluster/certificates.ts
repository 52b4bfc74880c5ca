import { createPublicKey, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../machinery/clock.ts";
import { selfSignedAuthority } from "./authority-certificate.ts";
import type { CertificateAuthority, CertificateRequest, KeyPair } from "./certificate.ts";
import { alternativeNames, certifyRequest, subjectOf } from "./certificate-requests.ts";
import { algorithm, exportPrivateKey, importSigningKey, library, serialNumber } from "./x509.ts";

/** A certificate that stays valid while the process runs: whoever uses it reads it for each connection, or is told of a new one. */
export interface KeptCertificate {
  readonly current: KeyPair;
  onRenewal(listener: (pair: KeyPair) => void): void;
}

/**
 * `kubelet-serving-ca` signs what node agents show, and nothing else: nobody takes what it signs for the API server. By what
 * `front-proxy-ca` signs, aggregated API servers know that it is the API server who tells them on whose behalf it asks.
 */
export type AuthorityName = "ca" | "kubelet-serving-ca" | "front-proxy-ca";

const dayMilliseconds = 24 * 3600 * 1000;
const authorityDays = 3650;
const leafDays = 365;
/** A certificate that expires sooner is made anew. */
const renewBeforeDays = 60;

/** The cluster's certificates in a directory: made on first use, kept, renewed in time. */
export class CertificateStore {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #authorities = new Map<AuthorityName, Promise<CertificateAuthority>>();
  readonly #kept = new Map<string, KeptPair>();

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** An authority, made when there is none: the cluster's CA unless told. */
  authority(name: AuthorityName = "ca"): Promise<CertificateAuthority> {
    const opened = this.#authorities.get(name) ?? this.#openAuthority(name);
    this.#authorities.set(name, opened);
    return opened;
  }

  async #openAuthority(name: AuthorityName): Promise<CertificateAuthority> {
    let pair = await this.#read(name);
    if (!pair) {
      pair = createAuthority(this.#clock.now(), `kybern-${name}`);
      await this.#write(name, pair);
    }
    return openAuthority(pair, this.#clock);
  }

  hasAuthority(name: AuthorityName): boolean {
    return existsSync(join(this.#directory, `${name}.crt`)) && existsSync(join(this.#directory, `${name}.key`));
  }

  /** The certificate kept under a file stem, issued when absent, near its end, or made for other names. */
  async certificate(stem: string, request: CertificateRequest, by: AuthorityName = "ca"): Promise<KeyPair> {
    const kept = await this.#read(stem);
    const authority = await this.authority(by);
    if (kept && isUsable(kept, request, authority.certificate, this.#clock.now())) return kept;
    const pair = await authority.issue(request);
    await this.#write(stem, pair);
    return pair;
  }

  /** The certificate under a file stem that an authority elsewhere has issued; undefined when it is near its end or for other names. */
  async issuedElsewhere(stem: string, request: CertificateRequest): Promise<KeyPair | undefined> {
    const kept = await this.#read(stem);
    return kept && isUsable(kept, request, undefined, this.#clock.now()) ? kept : undefined;
  }

  async saveIssuedElsewhere(stem: string, pair: KeyPair): Promise<void> {
    await this.#write(stem, pair);
  }

  /** As `certificate`, for as long as the process runs: `renew` makes it anew in time. */
  async keep(stem: string, request: CertificateRequest, by: AuthorityName = "ca"): Promise<KeptCertificate> {
    const pair = await this.certificate(stem, request, by);
    const kept = this.#kept.get(stem) ?? new KeptPair(pair);
    this.#kept.set(stem, kept);
    kept.request = request;
    kept.by = by;
    kept.replace(pair);
    return kept;
  }

  /** Makes the kept certificates anew that are near their end, and tells who uses them. Resolves with their stems. */
  async renew(): Promise<string[]> {
    const renewed: string[] = [];
    for (const [stem, kept] of this.#kept) {
      const pair = await this.certificate(stem, kept.request, kept.by);
      if (kept.replace(pair)) renewed.push(stem);
    }
    return renewed;
  }

  /** The key that signs service-account tokens (ES256), PEM. */
  async tokenKey(): Promise<string> {
    const file = join(this.#directory, "sa.key");
    if (existsSync(file)) return await readFile(file, "utf8");
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const pem = await exportPrivateKey(keys.privateKey);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeAtomically(file, pem, 0o600);
    return pem;
  }

  async #read(stem: string): Promise<KeyPair | undefined> {
    const certificate = join(this.#directory, `${stem}.crt`);
    const key = join(this.#directory, `${stem}.key`);
    if (!existsSync(certificate) || !existsSync(key)) return undefined;
    return { certificate: await readFile(certificate, "utf8"), key: await readFile(key, "utf8") };
  }

  async #write(stem: string, pair: KeyPair): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeAtomically(join(this.#directory, `${stem}.key`), pair.key, 0o600);
    await writeAtomically(join(this.#directory, `${stem}.crt`), pair.certificate, 0o644);
  }
}

class KeptPair implements KeptCertificate {
  request: CertificateRequest = { commonName: "", usages: [] };
  by: AuthorityName = "ca";
  #current: KeyPair;
  readonly #listeners: ((pair: KeyPair) => void)[] = [];

  constructor(current: KeyPair) {
    this.#current = current;
  }

  get current(): KeyPair {
    return this.#current;
  }

  onRenewal(listener: (pair: KeyPair) => void): void {
    this.#listeners.push(listener);
  }

  replace(pair: KeyPair): boolean {
    if (pair.certificate === this.#current.certificate) return false;
    this.#current = pair;
    for (const listener of this.#listeners) listener(pair);
    return true;
  }
}

async function writeAtomically(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, file);
}

/** A new self-signed CA. `now` in milliseconds since the epoch. */
export function createAuthority(now: number, name = "kybern-ca"): KeyPair {
  return selfSignedAuthority(name, new Date(now - dayMilliseconds), new Date(now + authorityDays * dayMilliseconds));
}

/** Makes certificates with a CA's certificate and key. */
export function openAuthority(pair: KeyPair, clock: Clock): CertificateAuthority {
  return {
    certificate: pair.certificate,
    certify: (request, options) => certifyRequest(pair, request, options),
    async issue(request) {
      const x509 = await library();
      const signingKey = await importSigningKey(pair.key);
      const issuer = new x509.X509Certificate(pair.certificate);
      const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const usages = request.usages.map((usage) =>
        usage === "server" ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
      );
      const names = alternativeNames(request.dnsNames, request.addresses);
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: subjectOf(request),
        issuer: issuer.subject,
        notBefore: new Date(clock.now() - dayMilliseconds),
        notAfter: new Date(clock.now() + leafDays * dayMilliseconds),
        signingKey,
        publicKey: keys.publicKey,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension(usages),
          await x509.AuthorityKeyIdentifierExtension.create(issuer),
          ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
        ],
      });
      return { certificate: `${certificate.toString("pem")}\n`, key: await exportPrivateKey(keys.privateKey) };
    },
  };
}

function isUsable(pair: KeyPair, request: CertificateRequest, authority: string | undefined, now: number): boolean {
  try {
    const certificate = new X509Certificate(pair.certificate);
    if (certificate.validToDate.getTime() < now + renewBeforeDays * dayMilliseconds) return false;
    if (authority !== undefined && !certificate.verify(createPublicKey(authority))) return false;
    const names = new Set((certificate.subjectAltName ?? "").split(", ").filter((name) => name !== ""));
    const wanted = new Set([
      ...(request.dnsNames ?? []).map((name) => `DNS:${name}`),
      ...(request.addresses ?? []).map((address) => `IP Address:${printedAddress(address)}`),
    ]);
    if (names.size !== wanted.size || [...wanted].some((name) => !names.has(name))) return false;
    const subject = certificate.subject.split("\n");
    return (
      subject.includes(`CN=${request.commonName}`) &&
      (request.organizations ?? []).every((organization) => subject.includes(`O=${organization}`))
    );
  } catch {
    return false; // unreadable: made anew
  }
}

/** An address as OpenSSL prints it in a certificate: IPv6 in eight upper-case groups. */
function printedAddress(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::") as [string, string?];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : new Array(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16).toString(16).toUpperCase()).join(":");
}

/** When a certificate ends, in milliseconds since the epoch. */
export function expiryOf(certificate: string): number {
  return new X509Certificate(certificate).validToDate.getTime();
}
