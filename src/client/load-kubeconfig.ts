import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { Clock } from "../machinery/clock.ts";
import {
  connectionOf,
  inClusterConnection,
  type KubeconfigFiles,
  mergeKubeconfigs,
  parseKubeconfig,
  type ServerConnection,
} from "./kubeconfig.ts";

export interface LoadOptions {
  clock: Clock;
  /** A kubeconfig file. Unless told: `$KUBECONFIG`, `~/.kube/config`, a pod's service account, whichever is there first. */
  kubeconfig?: string;
  context?: string;
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Finds out how to reach the API server, as kubectl and client-go do. Throws an error that names what is missing. */
export function loadConnection({ clock, kubeconfig, context, environment = process.env }: LoadOptions): ServerConnection {
  const files: KubeconfigFiles = { read: (path) => readFileSync(path, "utf8"), token: (path) => tokenOfFile(path, clock) };
  const paths = kubeconfig === undefined ? defaultPaths(environment) : [kubeconfig];
  if (paths.length === 0 && environment.KUBERNETES_SERVICE_HOST) return inClusterConnection(environment, files);
  if (paths.length === 0) throw new Error("no kubeconfig found: name one, or set KUBECONFIG");
  const configs = paths.map((path) => parseKubeconfig(readFileSync(path, "utf8"), (name) => resolve(dirname(path), name)));
  return connectionOf(mergeKubeconfigs(configs), files, context);
}

function defaultPaths(environment: Readonly<Record<string, string | undefined>>): string[] {
  const listed = environment.KUBECONFIG;
  const paths = listed ? listed.split(delimiter).filter((path) => path !== "") : [join(environment.HOME ?? homedir(), ".kube", "config")];
  return paths.filter((path) => existsSync(path));
}

const rereadMilliseconds = 60_000;

/** The token of a file, read again every minute since who mounts it replaces it. A file that can't be read leaves the last token. */
export function tokenOfFile(path: string, clock: Clock): () => Promise<string> {
  let token = "";
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.now() - readAt < rereadMilliseconds) return token;
    try {
      const text = (await readFile(path, "utf8")).trim();
      if (text === "") throw new Error(`read empty token from file ${JSON.stringify(path)}`);
      token = text;
      readAt = clock.now();
    } catch (error) {
      if (token === "") throw error;
    }
    return token;
  };
}
