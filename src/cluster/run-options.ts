import type { HttpClient } from "../client/http-client.ts";
import type { ServerConnection } from "../client/kubeconfig.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import type { Random } from "../machinery/random.ts";
import { UsageError } from "./options.ts";

export const runnableComponents = ["node", "proxy", "dns", "scheduler", "controllers"] as const;
export type RunnableComponent = (typeof runnableComponents)[number];

/** What `kybern run COMPONENT` is told, checked. */
export interface RunOptions {
  component: RunnableComponent;
  connection: ServerConnection;
  /** Of this component alone: not that of a `kybern up`. */
  dataDirectory: string;
  nodeName: string;
  podCidr?: string;
  clusterCidr?: string;
  nodeIp?: string;
  port: number;
  clusterDns?: string;
  listen?: { host: string; port: number };
  containerdSocket?: string;
  /** Where the keys of the cluster's authorities are, for the controllers to issue certificates with. */
  pkiDirectory?: string;
}

export interface RunDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Aborted when nobody wants it any more, started or not. */
  signal: AbortSignal;
  /** Says what is being done, to the person who waits. */
  tell(text: string): void;
}

/** A wrong address or certificate is told at once, not as the first of many retries. */
export async function checkReachable(client: HttpClient, server: string): Promise<void> {
  let status: number;
  try {
    const response = await client.request("GET", "/version");
    response.body.resume();
    ({ status } = response);
  } catch (error) {
    throw new UsageError(`the API server at ${server} can't be reached: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (status === 401)
    throw new UsageError(`the API server at ${server} doesn't know the kubeconfig's user: its credentials are wrong or too old`);
}
