import type { Secret } from "../../api/core/v1.ts";
import type { RegistryAuth } from "../runtime/runtime.ts";
import type { ImageName } from "./image-name.ts";

const defaultRegistry = "index.docker.io";

interface Entry {
  /** Host and path without scheme; the host's parts may be globs. */
  location: string;
  auth: RegistryAuth;
}

/** The credentials in these pull secrets that fit an image, the most specific first. Secrets of other types are passed over. */
export function credentialsFor(image: ImageName, secrets: readonly Secret[]): RegistryAuth[] {
  const entries = secrets.flatMap(entriesOf).sort((a, b) => (a.location < b.location ? 1 : a.location > b.location ? -1 : 0));
  const isDefault = image.registry === "docker.io";
  const target = `${image.registry}/${image.repository}`;
  const fitting = entries.filter(({ location }) => matches(location, target));
  // Docker writes its own registry under its old name.
  if (isDefault && fitting.length === 0) fitting.push(...entries.filter(({ location }) => location === defaultRegistry));
  const seen = new Set<string>();
  return fitting.flatMap(({ auth }) => {
    const key = JSON.stringify(auth);
    return seen.has(key) ? [] : [seen.add(key) && auth];
  });
}

function entriesOf(secret: Secret): Entry[] {
  const whole = parseKey(secret, ".dockerconfigjson") as { auths?: unknown } | undefined;
  const auths = secret.type === "kubernetes.io/dockerconfigjson" ? whole?.auths : parseKey(secret, ".dockercfg");
  if (typeof auths !== "object" || auths === null) return [];
  return Object.entries(auths).flatMap(([location, entry]) => {
    const auth = authOf(entry as Record<string, unknown>);
    return auth ? [{ location: normalizeLocation(location), auth }] : [];
  });
}

function parseKey(secret: Secret, key: string): unknown {
  const text = secret.data?.[key];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(text, "base64").toString());
  } catch {
    // A broken secret is as one that fits no image: the pull goes on without it, and the registry says what it lacks.
    return undefined;
  }
}

function authOf(entry: Record<string, unknown> | null): RegistryAuth | undefined {
  if (typeof entry?.auth === "string" && entry.auth !== "") {
    const pair = Buffer.from(entry.auth, "base64").toString();
    const colon = pair.indexOf(":");
    if (colon >= 0) return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, "") };
  }
  if (typeof entry?.username !== "string" || typeof entry.password !== "string") return undefined;
  return { username: entry.username, password: entry.password };
}

/** `https://registry.example/v1/` and `registry.example` mean the same. */
function normalizeLocation(location: string): string {
  return location
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12](?=\/|$)/, "")
    .replace(/\/+$/, "");
}

function matches(location: string, target: string): boolean {
  const [host = "", path = ""] = split(location);
  const [targetHost = "", targetPath = ""] = split(target);
  const [name = "", port = ""] = host.split(":");
  const [targetName = "", targetPort = ""] = targetHost.split(":");
  if (port !== targetPort || !targetPath.startsWith(path)) return false;
  const parts = name.split(".");
  const targetParts = targetName.split(".");
  return parts.length === targetParts.length && parts.every((part, index) => globMatches(part, targetParts[index] as string));
}

function split(location: string): [host: string, path: string] {
  const slash = location.indexOf("/");
  return slash < 0 ? [location, ""] : [location.slice(0, slash), location.slice(slash)];
}

function globMatches(glob: string, text: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`).test(text);
}
