import { certificatesigningrequests, selfsubjectreviews } from "../api/refs.ts";
import type { Client } from "../client/client.ts";
import { createHttpClient } from "../client/http-client.ts";
import type { ServerConnection } from "../client/kubeconfig.ts";
import { nodesGroup, nodeUserPrefix, signers } from "../controllers/certificates/requested-certificate.ts";
import { sleep } from "../machinery/clock.ts";
import { StatusError } from "../machinery/errors.ts";
import { nameOf } from "../machinery/object.ts";
import { makeRequest } from "./certificate-requests.ts";
import type { CertificateRequest, CertificateStore, KeyPair } from "./certificates.ts";
import { UsageError } from "./options.ts";
import type { RunDeps } from "./run-options.ts";
import { kybernVersion } from "./version.ts";

/** How long a request may wait before the person who waits is told what to do. */
const patienceMilliseconds = 10_000;
const pollMilliseconds = 200;
/** A person takes longer. */
const patientPollMilliseconds = 3_000;
const retryMilliseconds = 30_000;
const clientStem = "node-client";

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
  const given = await userOf(deps, connection);
  if (given === user) return connection;
  if (given.startsWith(nodeUserPrefix)) throw new UsageError(`the kubeconfig is that of ${given}: name the node so with --node-name`);
  const certificate: CertificateRequest = { commonName: user, organizations: [nodesGroup], usages: ["client"] };
  const kept = await certificates.kept(clientStem, certificate);
  if (kept) {
    const own = withCertificate(connection, kept);
    // A cluster that was made anew knows nothing of what the last one issued.
    if ((await userOf(deps, own).catch(unlessUnknown)) === user) return own;
  }
  const client = createHttpClient(connection, { ...deps, userAgent: `kybern-node/${kybernVersion}` });
  try {
    const lacking = "it can't join";
    const wanted: Wanted = { signerName: signers.nodeClient, certificate, usage: "client auth", lacking, signal };
    const pair = await requestCertificate(deps, client, wanted);
    await certificates.keep(clientStem, pair);
    return withCertificate(connection, pair);
  } finally {
    client.close();
  }
}

export interface ServingRenewal {
  /** Resolves when there is a certificate, or when it is clear that it will take a person, who has been told. */
  readonly settled: Promise<void>;
  /** The certificate's work is over: what is under way has been stopped by the signal. */
  readonly ended: Promise<void>;
}

/**
 * Requests a certificate for the agent's API, as the node itself, until there is one: by it the API server knows that it speaks
 * with this node. Anew at each start, since the last one may be near its end, or of a cluster that was made anew since.
 */
export function renewServing(
  deps: RunDeps,
  {
    connection,
    certificate,
    signal,
    use,
  }: { connection: ServerConnection; certificate: CertificateRequest; signal: AbortSignal; use(pair: KeyPair): Promise<void> },
): ServingRenewal {
  let settle: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const tell = (text: string) => {
    deps.tell(text);
    settle();
  };
  const wanted: Wanted = {
    signerName: signers.nodeServing,
    certificate,
    usage: "server auth",
    lacking: "logs, exec and port-forward don't reach its pods",
    signal,
  };
  const renew = async () => {
    const client = createHttpClient(connection, { ...deps, userAgent: `kybern-node/${kybernVersion}` });
    try {
      for (;;) {
        try {
          await use(await requestCertificate({ ...deps, tell }, client, wanted));
          return;
        } catch (error) {
          if (signal.aborted) return;
          deps.logger.error("no certificate for the agent's API yet", { error: error instanceof Error ? error.message : String(error) });
          settle();
        }
        await sleep(deps.clock, retryMilliseconds, signal).catch(() => {}); // stopped: the next round ends
      }
    } finally {
      client.close();
      settle();
    }
  };
  return { settled, ended: renew() };
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
