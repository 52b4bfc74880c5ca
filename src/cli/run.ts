import { hostname } from "node:os";
import { join } from "node:path";
import type { ServerConnection } from "../client/kubeconfig.ts";
import { loadConnection } from "../client/load-kubeconfig.ts";
import { systemClock, systemRandom } from "../client/system-clock.ts";
import { createLogger } from "../cluster/logger.ts";
import { existingFile, parseAddress, parseCidr, parsePort, UsageError } from "../cluster/options.ts";
import { runComponent as run } from "../cluster/run-component.ts";
import { type RunnableComponent, type RunOptions, runnableComponents } from "../cluster/run-options.ts";
import { nameIsDNSSubdomain } from "../machinery/validation/names.ts";
import { logLevelOf } from "./log-level.ts";
import { stopRequested } from "./stop-requested.ts";

/** The command line's texts, as commander hands them over. */
export interface RunArguments {
  kubeconfig: string;
  data?: string;
  nodeName?: string;
  podCidr?: string;
  clusterCidr?: string;
  nodeIp?: string;
  port: string;
  clusterDns?: string;
  listen?: string;
  containerd?: string;
  pki?: string;
  logLevel: string;
}

export function runOptions(component: string, given: RunArguments): RunOptions {
  const known = runnableComponents.find((name) => name === component);
  if (!known) throw new UsageError(`there is no component "${component}"; there are ${runnableComponents.join(", ")}`);
  return {
    component: known,
    connection: readConnection(given.kubeconfig),
    dataDirectory: given.data ?? defaultDirectory(known),
    nodeName: given.nodeName === undefined ? hostname().toLowerCase() : parseNodeName(given.nodeName),
    ...(given.podCidr ? { podCidr: parseCidr(given.podCidr, "--pod-cidr", 30) } : {}),
    ...(given.clusterCidr ? { clusterCidr: parseCidr(given.clusterCidr, "--cluster-cidr", 24) } : {}),
    ...(given.nodeIp ? { nodeIp: parseAddress(given.nodeIp, "--node-ip") } : {}),
    port: parsePort(given.port),
    ...(given.clusterDns ? { clusterDns: parseAddress(given.clusterDns, "--cluster-dns") } : {}),
    ...(given.listen ? { listen: parseListen(given.listen) } : {}),
    ...(given.containerd ? { containerdSocket: existingFile(given.containerd, "--containerd") } : {}),
    ...(given.pki ? { pkiDirectory: given.pki } : {}),
  };
}

/** `kybern run COMPONENT`: runs one part against any Kubernetes until it is told to stop. */
export async function runComponent(component: string, given: RunArguments): Promise<void> {
  const options = runOptions(component, given);
  const logger = createLogger(logLevelOf(given.logLevel)).child({ component });
  const tell = (text: string) => process.stdout.write(`${text}\n`);
  const stopping = new AbortController();
  const stop = stopRequested().then(() => stopping.abort());
  const deps = { clock: systemClock, random: systemRandom, logger, signal: stopping.signal, tell };
  const running = await run(deps, options).catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
    tell("stopped");
    process.exit(0);
  });
  tell(`${component} runs against ${options.connection.server}; Ctrl-C stops it`);
  await Promise.race([stop, new Promise<void>((resolve) => running.failure.addEventListener("abort", () => resolve(), { once: true }))]);
  await running.stop();
  tell("stopped");
  if (running.failure.aborted) throw running.failure.reason;
  process.exit(0);
}

function readConnection(file: string): ServerConnection {
  let connection: ServerConnection;
  try {
    connection = loadConnection({ clock: systemClock, kubeconfig: file });
  } catch (error) {
    throw new UsageError(`the kubeconfig ${file} can't be used: ${plainText(error)}`);
  }
  if (!/^https?:$/.test(URL.parse(connection.server)?.protocol ?? ""))
    throw new UsageError(`the kubeconfig ${file} can't be used: its server "${connection.server}" is no URL such as https://10.0.0.1:6443`);
  return connection;
}

/** One line: what the system says of files, and the YAML parser with its picture of the place, is more. */
function plainText(error: unknown): string {
  const { code, message, path = "it" } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return `there is no file ${path}`;
  if (code === "EISDIR") return "it is a directory";
  if (code === "EACCES") return `${path} may not be read`;
  return (message.split("\n")[0] as string).replace(/:$/, "");
}

function parseNodeName(text: string): string {
  if (nameIsDNSSubdomain(text, false).length > 0)
    throw new UsageError(`--node-name takes lower-case letters, digits, "-" and "."; not "${text}"`);
  return text;
}

/** Each part that keeps anything keeps it in a place of its own. */
function defaultDirectory(component: RunnableComponent): string {
  const base = process.getuid?.() === 0 ? "/var/lib" : (process.env.XDG_DATA_HOME ?? join(process.env.HOME ?? "/tmp", ".local", "share"));
  return join(base, `kybern-${component}`);
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  if (!match) throw new UsageError(`--listen takes an address and a port such as 10.0.0.1:53; not "${text}"`);
  return { host: (match[1] ?? match[2]) as string, port: parsePort(match[3] as string) };
}
