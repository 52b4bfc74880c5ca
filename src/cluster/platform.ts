import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { setImmediate as nodeSetImmediate } from "node:timers";
import tls from "node:tls";
import { constants, crc32, deflateRaw } from "node:zlib";
import type { OutgoingRequest, OutgoingResponse, Platform, SignedData } from "../machinery/platform.ts";
import type { KeyPair } from "./certificate.ts";
import { createTokenKeys } from "./token-keys.ts";

export interface PlatformOptions {
  /** The key that signs service-account tokens, PEM. */
  tokenKey: string;
  /** Content of PEM files: keys whose tokens are believed too. */
  otherTokenKeys?: readonly string[];
  /** The cluster's CA, PEM. */
  authority: string;
  /** What the API server shows to node agents. */
  clientCertificate(): KeyPair;
}

/** Taken when this is loaded: a test may put a faked one in its place later. */
const setImmediate = nodeSetImmediate;

/** The platform that the core runs on under Node. */
export function createNodePlatform(options: PlatformOptions): Platform & { close(): void } {
  const agent = new Agent({ keepAlive: true, maxCachedSessions: 100 });
  return {
    sha256: (data) => createHash("sha256").update(data).digest("hex"),
    ...createTokenKeys(options.tokenKey, options.otherTokenKeys),
    deflate: (data) =>
      new Promise((resolve, reject) => deflateRaw(data, blocks, (error, result) => (error ? reject(error) : resolve(result)))),
    crc32: (data) => crc32(data),
    verifySignature,
    pause: createTurns(),
    fetch: (request) => send(request, options, agent),
    close: () => agent.destroy(),
  };
}

/** Gives one turn in each round of the event loop: what several requests do in slices must not add up to one long block. */
function createTurns(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const giveTurn = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(giveTurn);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(giveTurn);
    });
}

/** A full flush forgets what came before, and ends at a byte. */
const blocks = { level: 1, finishFlush: constants.Z_FULL_FLUSH };

/** The hash of each signature algorithm; Ed25519 has one of its own. */
const signatureHashes: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};

function verifySignature({ signed, publicKey, algorithm, signature }: SignedData): boolean {
  const hash = signatureHashes[algorithm];
  if (hash === undefined) return false;
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  return verify(hash, signed, key, signature);
}

const machineAuthorities = "/etc/ssl/certs/ca-certificates.crt";

function certificatesIn(file: string | undefined): string[] {
  if (!file || !existsSync(file)) return [];
  return readFileSync(file, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Those that Node brings along, those of the machine, and what NODE_EXTRA_CA_CERTS names. Node keeps the lists. */
export function systemAuthorities(): string[] {
  // Node has it since 22.15.
  const certificatesOf: typeof tls.getCACertificates | undefined = tls.getCACertificates;
  if (certificatesOf) return [...certificatesOf("default"), ...certificatesOf("system")];
  return [...tls.rootCertificates, ...certificatesIn(process.env.NODE_EXTRA_CA_CERTS), ...certificatesIn(machineAuthorities)];
}

function send(request: OutgoingRequest, options: PlatformOptions, agent: Agent): Promise<OutgoingResponse> {
  const url = new URL(request.url);
  const secure = url.protocol === "https:";
  const { clientCertificate } = request;
  const shown = clientCertificate === true ? options.clientCertificate() : clientCertificate || undefined;
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? httpsRequest : httpRequest)(url, {
      method: request.method,
      headers: request.headers,
      // As with Go, whatever certificate is among those that are trusted ends a chain: a server's own too.
      allowPartialTrustChain: true,
      ...(secure ? { agent, ca: request.systemAuthorities ? systemAuthorities() : (request.caBundle ?? options.authority) } : {}),
      ...(request.serverName ? { servername: request.serverName } : {}),
      ...(shown ? { cert: shown.certificate, key: shown.key } : {}),
      ...(request.insecure ? { rejectUnauthorized: false } : {}),
      timeout: request.timeoutSeconds * 1000,
      ...(request.signal ? { signal: request.signal } : {}),
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer from ${url.host} within ${request.timeoutSeconds} s`)));
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(response.headers)) if (value !== undefined) headers[name] = String(value);
      resolve({ status: response.statusCode ?? 0, headers, body: response });
    });
    outgoing.end(request.body);
  });
}
