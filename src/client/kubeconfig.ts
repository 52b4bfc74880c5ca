import { parse } from "yaml";

/** How to reach an API server, and as whom. What an HTTP client is made from. */
export interface ServerConnection {
  /** `https://10.0.0.1:6443`, with a path below which the API lies where there is one. */
  server: string;
  /** PEM. The system's authorities when absent. */
  certificateAuthority?: string;
  /** PEM. */
  clientCertificate?: string;
  /** PEM. */
  clientKey?: string;
  /** A bearer token, or who gives the current one. */
  token?: string | (() => Promise<string>);
  insecureSkipTlsVerify?: boolean;
  /** The name to check the server's certificate against, when it isn't the URL's host. */
  tlsServerName?: string;
  /** The context's namespace. */
  namespace?: string;
}

export interface Kubeconfig {
  currentContext: string;
  clusters: Map<string, ClusterFields>;
  users: Map<string, UserFields>;
  contexts: Map<string, ContextFields>;
}

interface ClusterFields {
  server?: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
  "proxy-url"?: string;
}

interface UserFields {
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  token?: string;
  tokenFile?: string;
  exec?: unknown;
  "auth-provider"?: unknown;
  username?: string;
  as?: string;
}

interface ContextFields {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** Where a kubeconfig's file names lead. The only way out of these pure functions. */
export interface KubeconfigFiles {
  /** The content of a file named in the configuration. */
  read(path: string): string;
  /** Gives the token of a file, read again as it changes. */
  token(path: string): () => Promise<string>;
}

/** Reads a kubeconfig's text. `resolve` makes file names in it absolute. */
export function parseKubeconfig(text: string, resolve: (path: string) => string = (path) => path): Kubeconfig {
  const config = (parse(text) ?? {}) as Record<string, unknown>;
  if (typeof config !== "object" || Array.isArray(config)) throw new Error("invalid kubeconfig: not a mapping");
  const clusters = named<ClusterFields>(config, "clusters", "cluster");
  const users = named<UserFields>(config, "users", "user");
  for (const cluster of clusters.values()) resolveFile(cluster, "certificate-authority", resolve);
  for (const user of users.values()) {
    for (const field of ["client-certificate", "client-key", "tokenFile"] as const) resolveFile(user, field, resolve);
  }
  return {
    currentContext: typeof config["current-context"] === "string" ? config["current-context"] : "",
    clusters,
    users,
    contexts: named<ContextFields>(config, "contexts", "context"),
  };
}

/** Several files as one, as in `KUBECONFIG=a:b`: of each name the first counts. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const merged: Kubeconfig = { currentContext: "", clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const config of configs) {
    merged.currentContext ||= config.currentContext;
    for (const part of ["clusters", "users", "contexts"] as const) {
      const into = merged[part] as Map<string, object>;
      for (const [name, fields] of config[part]) if (!into.has(name)) into.set(name, fields);
    }
  }
  return merged;
}

/** The connection of a context, the current one unless told. */
export function connectionOf(config: Kubeconfig, files: KubeconfigFiles, context?: string): ServerConnection {
  const contextName = context ?? config.currentContext;
  const of = config.contexts.get(contextName);
  if (!of) throw new Error(contextName === "" ? "current-context is not set" : `context ${JSON.stringify(contextName)} does not exist`);
  const cluster = config.clusters.get(of.cluster ?? "");
  if (!cluster) throw new Error(`cluster ${JSON.stringify(of.cluster ?? "")} does not exist`);
  const user = of.user ? config.users.get(of.user) : {};
  if (!user) throw new Error(`auth info ${JSON.stringify(of.user)} does not exist`);
  if (!cluster.server) throw new Error(`no server found for cluster ${JSON.stringify(of.cluster)}`);
  for (const field of ["exec", "auth-provider", "username", "as"] as const) {
    if (user[field] !== undefined) throw new Error(`user ${JSON.stringify(of.user)}: ${JSON.stringify(field)} is not supported`);
  }
  if (cluster["proxy-url"]) throw new Error(`cluster ${JSON.stringify(of.cluster)}: "proxy-url" is not supported`);

  const connection: ServerConnection = { server: cluster.server };
  const data = (fields: ClusterFields & UserFields, field: "certificate-authority" | "client-certificate" | "client-key") => {
    const encoded = fields[`${field}-data`];
    if (encoded) return decode(encoded, `${field}-data`);
    const path = fields[field];
    return path ? files.read(path) : undefined;
  };
  const authority = data(cluster, "certificate-authority");
  if (authority !== undefined) connection.certificateAuthority = authority;
  const certificate = data(user, "client-certificate");
  if (certificate !== undefined) connection.clientCertificate = certificate;
  const key = data(user, "client-key");
  if (key !== undefined) connection.clientKey = key;
  if (user.tokenFile) connection.token = files.token(user.tokenFile);
  else if (user.token) connection.token = user.token;
  if (cluster["insecure-skip-tls-verify"]) {
    if (authority !== undefined) {
      throw new Error(`specifying a root certificates file with the insecure flag is not allowed (cluster ${JSON.stringify(of.cluster)})`);
    }
    connection.insecureSkipTlsVerify = true;
  }
  if (cluster["tls-server-name"]) connection.tlsServerName = cluster["tls-server-name"];
  if (of.namespace) connection.namespace = of.namespace;
  return connection;
}

const serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The connection of a pod with its service account. */
export function inClusterConnection(environment: Readonly<Record<string, string | undefined>>, files: KubeconfigFiles): ServerConnection {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port) {
    throw new Error("unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined");
  }
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    certificateAuthority: files.read(`${serviceAccountDirectory}/ca.crt`),
    token: files.token(`${serviceAccountDirectory}/token`),
    namespace: files.read(`${serviceAccountDirectory}/namespace`).trim(),
  };
}

function named<T extends object>(config: Record<string, unknown>, list: string, field: string): Map<string, T> {
  const entries = config[list] ?? [];
  if (!Array.isArray(entries)) throw new Error(`invalid kubeconfig: ${list} is not a list`);
  const found = new Map<string, T>();
  for (const entry of entries as Record<string, unknown>[]) found.set(String(entry.name), { ...(entry[field] as T | undefined) } as T);
  return found;
}

function resolveFile<K extends string>(fields: Partial<Record<K, string>>, field: K, resolve: (path: string) => string): void {
  const path = fields[field];
  if (path) fields[field] = resolve(path);
}

function decode(base64: string, field: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    throw new Error(`invalid kubeconfig: ${field} is not base64`);
  }
}
