import type { Pod, Service } from "../../api/core/v1.ts";
import { badRequest, notFound, StatusError } from "../../machinery/errors.ts";
import type { Call, ServerContext } from "../context.ts";
import { type ApiResponse, noBody, type UpgradeRequest, type UpgradeTarget } from "../request.ts";

/** Subresources that are a conversation with a node agent or a pod, not a change of an object. */
export const connectSubresources: ReadonlySet<string> = new Set([
  "pods/log",
  "pods/exec",
  "pods/attach",
  "pods/portforward",
  "pods/proxy",
  "services/proxy",
  "nodes/proxy",
]);

/** Answers of node agents that aren't upgrades: logs, proxied requests. */
export async function connect(server: ServerContext, call: Call): Promise<ApiResponse> {
  const what = `${call.resource.qualifiedName}/${call.subresource}`;
  await admitConnect(server, call);
  switch (what) {
    case "pods/log":
      return podLog(server, call);
    case "pods/proxy":
    case "services/proxy":
      return proxyToAddress(server, call);
    case "nodes/proxy":
      return agentOf(server).forward(splitName(call.name).id, `/${proxiedPath(call)}`, call.request);
    default:
      // Says first what is wrong with the pod or the container, if anything is.
      upgradeTarget(server, call);
      throw badRequest("Upgrade request required");
  }
}

/** Hands an authorised upgrade over to the agent of the pod's node. */
export async function connectUpgrade(server: ServerContext, call: Call, request: UpgradeRequest): Promise<void> {
  await admitConnect(server, call);
  await agentOf(server).upgrade(upgradeTarget(server, call), request);
}

function upgradeTarget(server: ServerContext, call: Call): UpgradeTarget {
  const { query } = call.request;
  switch (`${call.resource.qualifiedName}/${call.subresource}`) {
    case "pods/exec":
    case "pods/attach": {
      const pod = podOf(server, call);
      const container = containerOf(pod, query.get("container") ?? "", call.subresource);
      const options = new URLSearchParams();
      for (const [name, flag] of [
        ["input", "stdin"],
        ["output", "stdout"],
        ["error", "stderr"],
        ["tty", "tty"],
      ] as const) {
        if (["true", "1", ""].includes(query.get(flag) ?? "false")) options.set(name, "1");
      }
      for (const part of query.getAll("command")) options.append("command", part);
      const path = `/${call.subresource}/${pod.metadata.namespace}/${pod.metadata.name}/${container}?${options}`;
      return { node: nodeOf(pod), path };
    }
    case "pods/portforward": {
      const pod = podOf(server, call);
      const ports = query.getAll("ports").map((port) => `port=${encodeURIComponent(port)}`);
      const suffix = ports.length > 0 ? `?${ports.join("&")}` : "";
      return { node: nodeOf(pod), path: `/portForward/${pod.metadata.namespace}/${pod.metadata.name}${suffix}` };
    }
    case "nodes/proxy":
      return { node: splitName(call.name).id, path: `/${proxiedPath(call)}${queryText(query)}` };
    default:
      throw badRequest(`upgrades are not supported on ${call.resource.qualifiedName}/${call.subresource}`);
  }
}

async function podLog(server: ServerContext, call: Call): Promise<ApiResponse> {
  const pod = podOf(server, call);
  const { query } = call.request;
  checkLogOptions(query, call.name);
  const container = containerOf(pod, query.get("container") ?? "", "log");
  if (!pod.spec?.nodeName) return { status: 204, headers: {}, body: noBody };
  const passed = new URLSearchParams();
  for (const name of ["follow", "previous", "timestamps", "sinceSeconds", "sinceTime", "tailLines", "limitBytes", "stream"]) {
    const value = query.get(name);
    if (value !== null && value !== "" && value !== "false") passed.set(name, value);
  }
  const path = `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}${queryText(passed)}`;
  return agentOf(server).forward(nodeOf(pod), path, call.request);
}

function checkLogOptions(query: URLSearchParams, name: string): void {
  for (const option of ["tailLines", "sinceSeconds", "limitBytes"]) {
    const value = query.get(option);
    if (value === null || value === "") continue;
    if (!/^-?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    const least = option === "tailLines" ? 0 : 1;
    if (Number(value) < least) {
      const detail = `must be greater than ${least === 0 ? "or equal to 0" : "0"}`;
      throw new StatusError(
        422,
        "Invalid",
        `PodLogOptions ${JSON.stringify(name)} is invalid: ${option}: Invalid value: ${value}: ${detail}`,
        {
          name,
          kind: "PodLogOptions",
          causes: [{ reason: "FieldValueInvalid", message: `Invalid value: ${value}: ${detail}`, field: option }],
        },
      );
    }
  }
}

/** A request to a pod's or a service's own port. */
async function proxyToAddress(server: ServerContext, call: Call): Promise<ApiResponse> {
  const { scheme, id, port } = splitName(call.name);
  const forwardTo = agentOf(server).forwardTo;
  if (!forwardTo) throw unavailable();
  const address =
    call.resource.definition.resource === "pods" ? podAddress(server, call, id, port) : serviceAddress(server, call, id, port);
  return forwardTo.call(server.nodeProxy, address, `/${proxiedPath(call)}${queryText(call.request.query)}`, call.request, scheme);
}

function podAddress(server: ServerContext, call: Call, name: string, port: string): string {
  const entry = server.objects.get("pods", call.namespace, name);
  if (!entry) throw notFound(call.resource.definition, name);
  const pod = entry.value as Pod;
  const ip = pod.status?.podIP;
  if (!ip) throw badRequest(`address not allowed`);
  const first = pod.spec?.containers.flatMap(({ ports }) => ports ?? [])[0]?.containerPort;
  return hostPort(ip, port || String(first ?? 80));
}

/** Any ready endpoint of the service's port. */
function serviceAddress(server: ServerContext, call: Call, name: string, port: string): string {
  const entry = server.objects.get("services", call.namespace, name);
  if (!entry) throw notFound(call.resource.definition, name);
  const ports = (entry.value as Service).spec?.ports ?? [];
  const wanted = port === "" && ports.length === 1 ? ports[0] : ports.find((one) => one.name === port || String(one.port) === port);
  if (!wanted)
    throw new StatusError(503, "ServiceUnavailable", `no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  const slices = server.objects.list("endpointslices.discovery.k8s.io", call.namespace);
  for (const { value } of slices) {
    if (value.metadata.labels?.["kubernetes.io/service-name"] !== name) continue;
    const slice = value as unknown as import("../../api/discovery/v1.ts").EndpointSlice;
    const target = slice.ports?.find((one) => (one.name ?? "") === (wanted.name ?? ""))?.port;
    const endpoint = slice.endpoints?.find(({ conditions }) => conditions?.ready !== false);
    if (target && endpoint?.addresses[0]) return hostPort(endpoint.addresses[0], String(target));
  }
  throw new StatusError(503, "ServiceUnavailable", `no endpoints available for service ${JSON.stringify(name)}`);
}

function hostPort(host: string, port: string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A proxied name is `[SCHEME:]NAME[:PORT]`. */
export function splitName(name: string): { scheme: "http" | "https"; id: string; port: string } {
  const parts = name.split(":");
  if (parts.length === 3) return { scheme: parts[0] === "https" ? "https" : "http", id: parts[1] as string, port: parts[2] as string };
  return { scheme: "http", id: parts[0] as string, port: parts[1] ?? "" };
}

function proxiedPath(call: Call): string {
  const path = call.info.parts.slice(3).join("/");
  return path !== "" && call.info.path.endsWith("/") ? `${path}/` : path;
}

function queryText(query: URLSearchParams): string {
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

function podOf(server: ServerContext, call: Call): Pod {
  const entry = server.objects.get("pods", call.namespace, call.name);
  if (!entry) throw notFound(call.resource.definition, call.name);
  return entry.value as Pod;
}

function nodeOf(pod: Pod): string {
  const node = pod.spec?.nodeName;
  if (!node) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return node;
}

/** The container that is meant: the one named, or the only one. */
function containerOf(pod: Pod, asked: string, purpose: string): string {
  const containers = (pod.spec?.containers ?? []).map(({ name }) => name);
  const init = (pod.spec?.initContainers ?? []).map(({ name }) => name);
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map(({ name }) => name);
  if (asked === "") {
    if (containers.length === 1) return containers[0] as string;
    const annotated = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
    if (purpose !== "log" && annotated && containers.includes(annotated)) return annotated;
    const others = init.length > 0 ? ` or one of the init containers: [${init.join(" ")}]` : "";
    throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${containers.join(" ")}]${others}`);
  }
  if (![...containers, ...init, ...ephemeral].includes(asked)) {
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  }
  return asked;
}

async function admitConnect(server: ServerContext, call: Call): Promise<void> {
  const attributes = {
    operation: "CONNECT" as const,
    resource: call.resource,
    subresource: call.subresource,
    namespace: call.namespace,
    name: call.name,
    object: undefined,
    old: undefined,
    user: call.user,
    dryRun: false,
    warn: (text: string) => call.warnings.push(text),
  };
  await server.admission.admit(attributes);
  await server.admission.validate(attributes);
}

function agentOf(server: ServerContext) {
  if (!server.nodeProxy) throw unavailable();
  return server.nodeProxy;
}

const unavailable = () => new StatusError(503, "ServiceUnavailable", "this cluster has no node agents to reach");
