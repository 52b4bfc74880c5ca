import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface KeyPair {
  /** PEM. */
  certificate: string;
  key: string;
}

export interface TestCertificates {
  /** PEM of the CA that signs server and clients. */
  ca: string;
  server: KeyPair;
  /** `CN=admin, O=system:masters` */
  admin: KeyPair;
  /** A client that another CA signed. */
  stranger: KeyPair;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Certificates for tests of the HTTPS edge. */
export async function makeTestCertificates(): Promise<TestCertificates> {
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[1]);
  const ca = await makeAuthority("CN=test CA");
  const other = await makeAuthority("CN=another CA");
  const addresses = new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }]);
  return {
    ca: ca.certificate.toString("pem"),
    server: await sign(ca, "CN=server", [addresses]),
    admin: await sign(ca, "CN=admin, O=system:masters", []),
    stranger: await sign(other, "CN=stranger, O=system:masters", []),
  };
}

interface Authority {
  certificate: x509.X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
const year = 365 * 24 * 3600 * 1000;
const lifetime = () => ({ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + year) });

async function makeAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const extensions = [new x509.BasicConstraintsExtension(true, undefined, true)];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
    extensions,
    ...lifetime(),
  });
  return { certificate, keys };
}

async function sign({ certificate: issuer, keys }: Authority, subject: string, extensions: x509.Extension[]): Promise<KeyPair> {
  const own = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.subject,
    signingKey: keys.privateKey,
    publicKey: own.publicKey,
    signingAlgorithm: algorithm,
    extensions,
    ...lifetime(),
  });
  const der = await webcrypto.subtle.exportKey("pkcs8", own.privateKey);
  const body = Buffer.from(der)
    .toString("base64")
    .replace(/(.{64})/g, "$1\n");
  return { certificate: certificate.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n` };
}
