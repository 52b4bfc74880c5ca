import type { EndpointAddress, Endpoints, Node, NodeAddress, Pod, Service } from "../../api/core/v1.ts";
import { badRequest, notFound, StatusError, serviceUnavailable } from "../../machinery/errors.ts";
import { parseIP } from "../../machinery/validation/ip.ts";
import type { Call, ServerContext } from "../context.ts";
import { hostPort } from "../service-endpoint.ts";

export type Scheme = "http" | "https";

export interface ProxyTarget {
  /** `HOST:PORT` */
  address: string;
  scheme: Scheme;
}

export interface ProxiedName {
  scheme: Scheme | "";
  id: string;
  port: string;
}

/** A proxied name is `[SCHEME:]NAME[:PORT]`. Throws the 400 for any other. */
export function splitName(name: string, kind: "pod" | "service" | "node"): ProxiedName {
  const parts = name.split(":");
  const [scheme, id, port] = parts.length === 3 ? parts : ["", parts[0], parts[1] ?? ""];
  const known = scheme === "" || scheme === "http" || scheme === "https";
  if (parts.length > 3 || !known || !id) throw badRequest(`invalid ${kind} request ${JSON.stringify(name)}`);
  return { scheme, id, port: port as string };
}

/** Where the pod or service of the request's path listens. */
export function targetOf(server: ServerContext, call: Call): ProxyTarget {
  return call.resource.definition.resource === "pods" ? podTarget(server, call) : serviceTarget(server, call);
}

function podTarget(server: ServerContext, call: Call): ProxyTarget {
  const { scheme, id, port } = splitName(call.name, "pod");
  const entry = server.objects.get("pods", call.namespace, id);
  if (!entry) throw notFound(call.resource.definition, id);
  const pod = entry.value as Pod;
  const ip = pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? "";
  if (!isProxyable(ip)) throw badRequest("address not allowed");
  const first = pod.spec?.containers.flatMap(({ ports }) => ports ?? [])[0]?.containerPort;
  return { address: hostPort(ip, port || String(first ?? 80)), scheme: scheme || "http" };
}

/** Nothing that only the server itself can reach. */
function isProxyable(ip: string): boolean {
  const bytes = parseIP(ip)?.bytes;
  if (!bytes) return false;
  const [first = 0, second = 0] = bytes;
  if (bytes.every((byte) => byte === 0)) return false;
  if (bytes.length === 4) return first !== 127 && !(first === 169 && second === 254) && first < 224;
  const isLoopback = bytes.slice(0, -1).every((byte) => byte === 0) && bytes.at(-1) === 1;
  return !isLoopback && first !== 0xff && !(first === 0xfe && (second & 0xc0) === 0x80);
}

/** Any ready pod behind the service's port. */
function serviceTarget(server: ServerContext, call: Call): ProxyTarget {
  const { scheme, id, port } = splitName(call.name, "service");
  const { definition } = call.resource;
  let portName = port;
  if (/^[+-]?\d+$/.test(port)) {
    const entry = server.objects.get("services", call.namespace, id);
    if (!entry) throw notFound(definition, id);
    const declared = (entry.value as Service).spec?.ports?.find((one) => one.port === Number(port));
    if (!declared) throw serviceUnavailable(`no service port ${Number(port)} found for service ${JSON.stringify(id)}`);
    portName = declared.name ?? "";
  }
  const entry = server.objects.get("endpoints", call.namespace, id);
  // Upstream says that the service isn't there.
  if (!entry) throw notFound(definition, id);
  const { subsets = [] } = entry.value as unknown as Endpoints;
  if (subsets.length === 0) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(id)}`);
  for (const { addresses = [], ports = [] } of subsets) {
    const target = ports.find(({ name = "" }) => name === portName)?.port;
    const address = target === undefined ? undefined : addresses.find((one) => isPodAddress(server, call, one));
    if (address) return { address: hostPort(address.ip, String(target)), scheme: scheme || "http" };
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(call.name)}`);
}

/** Whoever may write endpoints must not reach everything that the server can: only pods of the namespace count. */
function isPodAddress(server: ServerContext, { namespace }: Call, { ip, targetRef }: EndpointAddress): boolean {
  if (targetRef?.kind !== "Pod" || (targetRef.namespace ?? "") !== namespace || !targetRef.name) return false;
  const pod = server.objects.get("pods", namespace, targetRef.name)?.value as Pod | undefined;
  return pod?.status?.podIPs?.some((one) => one.ip === ip) ?? pod?.status?.podIP === ip;
}

/**
 * Checks that there is a node to go to, as far as its object tells. Upstream names the kind that the request was for: a pod whose node
 * is missing is `pods "NODE" not found`.
 */
export function checkNode(server: ServerContext, call: Call, name: string): Node {
  const node = server.objects.get("nodes", "", name)?.value as Node | undefined;
  if (!node) throw notFound(call.resource.definition, name);
  const { addresses = [] } = node.status ?? {};
  if (!server.nodeProxy && addresses.length === 0) throw new StatusError(500, "", "no preferred addresses found; known addresses: []");
  return node;
}

/** Where agents listen, unless their node says otherwise. */
export const agentPort = 10_250;

/**
 * Where a request to a node's own port goes; undefined where it is for the node's agent, whose port needs no name. The name's scheme
 * counts for other ports only, as upstream has it.
 */
export function nodePortOf(server: ServerContext, call: Call): ProxyTarget | undefined {
  const { scheme, id, port } = splitName(call.name, "node");
  const { addresses = [], daemonEndpoints } = checkNode(server, call, id).status ?? {};
  if (port === "" || port === String(daemonEndpoints?.kubeletEndpoint?.Port || agentPort)) return undefined;
  const ip = preferredAddress(addresses);
  if (ip === undefined) return undefined;
  if (!isProxyable(ip)) throw badRequest("address not allowed");
  return { address: hostPort(ip, port), scheme: scheme || "http" };
}

/** The address of a node by which its agent is reached. */
export function preferredAddress(addresses: readonly NodeAddress[]): string | undefined {
  return addresses.find(({ type }) => type === "InternalIP")?.address ?? addresses.find(({ type }) => type === "ExternalIP")?.address;
}

/** The path behind `proxy`: without double slashes, escaped anew. */
export function proxiedPath({ info }: Call): string {
  const path = info.parts
    .slice(3)
    .filter((part) => part !== "")
    .map((part) => encodeURI(part).replace(/[?#]/g, encodeURIComponent))
    .join("/");
  return path !== "" && info.path.endsWith("/") ? `/${path}/` : `/${path}`;
}

/** A page that was asked for without its slash would make its links wrong. */
export function rootRedirect({ info, request }: Call): string | undefined {
  if (info.parts.length > 3 || info.path.endsWith("/") || (request.method !== "GET" && request.method !== "HEAD")) return undefined;
  const query = request.query.toString();
  return `${request.path}/${query === "" ? "" : `?${query}`}`;
}
