import { certificatesigningrequests, selfsubjectreviews } from "../api/refs.ts";
import type { Client } from "../client/client.ts";
import { createHttpClient } from "../client/http-client.ts";
import type { ServerConnection } from "../client/kubeconfig.ts";
import { nodesGroup, nodeUserPrefix, signers } from "../controllers/certificates/requested-certificate.ts";
import { pause, sleep } from "../machinery/clock.ts";
import { StatusError } from "../machinery/errors.ts";
import { nameOf } from "../machinery/object.ts";
import type { CertificateRequest, KeyPair } from "./certificate.ts";
import { makeRequest } from "./certificate-requests.ts";
import type { CertificateStore } from "./certificates.ts";
import type { NodeCertificates } from "./node-side.ts";
import { UsageError } from "./options.ts";
import type { RunDeps } from "./run-options.ts";
import { kybernVersion } from "./version.ts";

/** How long a request may wait before the person who waits is told what to do. */
const patienceMilliseconds = 10_000;
const pollMilliseconds = 200;
/** A person takes longer. */
const patientPollMilliseconds = 3_000;
const retryMilliseconds = 30_000;
/** As often as those of a cluster are looked at. */
const lookMilliseconds = 12 * 3600 * 1000;
const clientStem = "node-client";
export const servingStem = "kubelet-serving";

interface Wanted {
  signerName: string;
  certificate: CertificateRequest;
  usage: "client auth" | "server auth";
  /** What doesn't work until the request is approved. */
  lacking: string;
  signal: AbortSignal;
}

/**
 * The connection of the node itself. A kubeconfig of the node's own identity is used as it is; with another's (an administrator's,
 * a bootstrap token's) a client certificate is requested once and kept.
 */
export async function connectAsNode(
  deps: RunDeps,
  {
    connection,
    nodeName,
    certificates,
    signal,
  }: { connection: ServerConnection; nodeName: string; certificates: CertificateStore; signal: AbortSignal },
): Promise<ServerConnection> {
  const user = `${nodeUserPrefix}${nodeName}`;
  const certificate: CertificateRequest = { commonName: user, organizations: [nodesGroup], usages: ["client"] };
  const kept = await certificates.issuedElsewhere(clientStem, certificate);
  if (kept) {
    const own = withCertificate(connection, kept);
    // A cluster that was made anew knows nothing of what the last one issued.
    if ((await userOf(deps, own).catch(unlessUnknown)) === user) return own;
  }
  const given = await userOf(deps, connection);
  if (given === user) return connection;
  if (given.startsWith(nodeUserPrefix)) throw new UsageError(`the kubeconfig is that of ${given}: name the node so with --node-name`);
  const client = createHttpClient(connection, { ...deps, userAgent: `kybern-node/${kybernVersion}` });
  try {
    const lacking = "it can't join";
    const wanted: Wanted = { signerName: signers.nodeClient, certificate, usage: "client auth", lacking, signal };
    const pair = await requestCertificate(deps, client, wanted);
    await certificates.saveIssuedElsewhere(clientStem, pair);
    return withCertificate(connection, pair);
  } finally {
    client.close();
  }
}

export interface CertificateKeeping {
  /** Resolves when the agent's API has its certificate, or when it is clear that it will take a person, who has been told. */
  readonly settled: Promise<void>;
  /** Resolves when it has ended, by the signal. */
  readonly ended: Promise<void>;
}

export interface KeepingOptions {
  connection: ServerConnection;
  nodeName: string;
  certificates: CertificateStore;
  /** Of the agent's API. */
  serving: CertificateRequest;
  signal: AbortSignal;
  use(pairs: NodeCertificates): void;
}

/**
 * Gets the agent's API a certificate, by which the API server knows that it speaks with this node, and has both of the node's
 * certificates made anew before they end. At a start the former is requested in any case: the last one may be of a cluster that was
 * made anew since.
 */
export function keepCertificates(deps: RunDeps, options: KeepingOptions): CertificateKeeping {
  const { certificates, signal } = options;
  let settle: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const tell = (text: string) => {
    deps.tell(text);
    settle();
  };
  let shown: string | undefined;
  const look = async (first: boolean) => {
    const own = await connectAsNode({ ...deps, tell }, options);
    const { clientCertificate: certificate, clientKey: key } = own;
    if (shown !== undefined && certificate !== undefined && key !== undefined && certificate !== shown)
      options.use({ agent: { certificate, key } });
    shown = certificate ?? "";
    if (!first && (await certificates.issuedElsewhere(servingStem, options.serving))) return;
    const pair = await requestServing({ ...deps, tell }, own, options);
    await certificates.saveIssuedElsewhere(servingStem, pair);
    options.use({ serving: pair });
  };
  const run = async () => {
    for (let first = true; !signal.aborted; ) {
      let wait = lookMilliseconds;
      try {
        await look(first);
        first = false;
      } catch (error) {
        if (signal.aborted) break;
        wait = retryMilliseconds;
        deps.logger.error("the node's certificates could not be renewed", {
          error: error instanceof Error ? error.message : String(error),
        });
      }
      settle();
      await pause(deps.clock, wait, signal); // stopped: the loop ends
    }
    settle();
  };
  return { settled, ended: run() };
}

async function requestServing(deps: RunDeps, own: ServerConnection, { serving, signal }: KeepingOptions): Promise<KeyPair> {
  const client = createHttpClient(own, { ...deps, userAgent: `kybern-node/${kybernVersion}` });
  try {
    const lacking = "logs, exec and port-forward don't reach its pods";
    return await requestCertificate(deps, client, {
      signerName: signers.nodeServing,
      certificate: serving,
      usage: "server auth",
      lacking,
      signal,
    });
  } finally {
    client.close();
  }
}

/** Requests a certificate and waits until there is one. */
async function requestCertificate({ clock, tell }: RunDeps, client: Client, wanted: Wanted): Promise<KeyPair> {
  const { signal } = wanted;
  const { request, key } = await makeRequest(wanted.certificate);
  signal.throwIfAborted();
  const created = await client.create(certificatesigningrequests, {
    metadata: { generateName: "csr-" },
    spec: { request: btoa(request), signerName: wanted.signerName, usages: ["digital signature", wanted.usage] },
  });
  const name = nameOf(created);
  const impatientAt = clock.now() + patienceMilliseconds;
  let told = false;
  for (;;) {
    const { status } = await client.get(certificatesigningrequests, name, { signal });
    if (status?.certificate) return { certificate: atob(status.certificate), key };
    const refused = status?.conditions?.find(({ type }) => type === "Denied" || type === "Failed");
    if (refused) {
      const why = refused.message || refused.reason || refused.type;
      throw new UsageError(`the certificate request ${name} of this node was refused: ${why}`);
    }
    if (!told && clock.now() >= impatientAt) {
      told = true;
      tell(`waiting until this node's certificate request is approved (kubectl certificate approve ${name}): until then ${wanted.lacking}`);
    }
    await sleep(clock, told ? patientPollMilliseconds : pollMilliseconds, signal);
  }
}

/** Who the API server takes this connection for. */
async function userOf({ clock, random }: RunDeps, connection: ServerConnection): Promise<string> {
  const client = createHttpClient(connection, { clock, random, userAgent: `kybern-node/${kybernVersion}` });
  try {
    return (await client.create(selfsubjectreviews, { metadata: {} })).status?.userInfo?.username ?? "";
  } finally {
    client.close();
  }
}

function unlessUnknown(error: unknown): undefined {
  if (error instanceof StatusError && error.code === 401) return undefined;
  throw error;
}

function withCertificate({ token: _, ...connection }: ServerConnection, pair: KeyPair): ServerConnection {
  return { ...connection, clientCertificate: pair.certificate, clientKey: pair.key };
}
