import type { Pod, Service } from "../../api/core/v1.ts";
import { badRequest, internalError, notFound, StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { attributesOf } from "../admission-attributes.ts";
import type { Call, ServerContext } from "../context.ts";
import { type ApiResponse, booleanParameter, noBody, type UpgradeRequest, type UpgradeTarget } from "../request.ts";
import { hostPort, serviceEndpoint } from "../service-endpoint.ts";

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
  if (what === "pods/log") return podLog(server, call);
  await admitConnect(server, call);
  switch (what) {
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
  const what = `${call.resource.qualifiedName}/${call.subresource}`;
  if (what === "pods/proxy" || what === "services/proxy") {
    const { address, path, scheme } = proxiedAddress(server, call);
    const upgradeTo = agentOf(server).upgradeTo;
    if (!upgradeTo) throw unavailable();
    await upgradeTo.call(server.nodeProxy, address, path, request, scheme);
    return;
  }
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
  if (!pod.spec?.nodeName) return { status: 204, headers: { "cache-control": "no-cache, private" }, body: noBody };
  const passed = new URLSearchParams();
  for (const name of ["follow", "previous", "timestamps", "sinceSeconds", "sinceTime", "tailLines", "limitBytes", "stream"]) {
    const value = query.get(name);
    if (value !== null && value !== "" && value !== "false") passed.set(name, value);
  }
  const path = `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}${queryText(passed)}`;
  const response = await agentOf(server).forward(nodeOf(pod), path, call.request);
  if (response.status < 200 || response.status > 206) throw await logError(response, call);
  return response;
}

/** So much of an agent's complaint is passed on. */
const longestComplaint = 50_000;

/** What an agent says in plain text, as a `Status`. */
async function logError({ status, body }: ApiResponse, call: Call): Promise<StatusError> {
  let text = "";
  if (body.form === "bytes") text = new TextDecoder().decode(body.bytes);
  else if (body.form === "source") {
    const decoder = new TextDecoder();
    for await (const bytes of body.source) {
      text += decoder.decode(bytes, { stream: true });
      if (text.length >= longestComplaint) break;
    }
  }
  text = text.slice(0, longestComplaint);
  if (status === 400) return badRequest(text);
  if (status === 500) return internalError(text);
  const where = `( ${call.resource.qualifiedName}/log ${call.name})`;
  const details = { name: call.name, kind: `${call.resource.qualifiedName}/log` };
  if (status === 404) return new StatusError(404, "NotFound", `the server could not find the requested resource ${where}`, details);
  if (status === 422)
    return new StatusError(422, "Invalid", `the server rejected our request due to an error in our request ${where}`, details);
  if (status > 500)
    return new StatusError(
      status,
      "InternalError",
      `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding ${where}`,
      details,
    );
  return new StatusError(status, status === 403 ? "Forbidden" : "", `${text} ${where}`, details);
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
  const { address, path, scheme } = proxiedAddress(server, call);
  const forwardTo = agentOf(server).forwardTo;
  if (!forwardTo) throw unavailable();
  return forwardTo.call(server.nodeProxy, address, path, call.request, scheme);
}

function proxiedAddress(server: ServerContext, call: Call): { address: string; path: string; scheme: "http" | "https" } {
  const { scheme, id, port } = splitName(call.name);
  const isPod = call.resource.definition.resource === "pods";
  const address = isPod ? podAddress(server, call, id, port) : serviceAddress(server, call, id, port);
  return { address, path: `/${proxiedPath(call)}${queryText(call.request.query)}`, scheme };
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
  return serviceEndpoint(server.objects, call.namespace, name, wanted);
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
  const attributes = attributesOf(call, { operation: "CONNECT", name: call.name, object: connectOptions(call) });
  await server.admission.admit(attributes);
  await server.admission.validate(attributes);
}

/** The options of a connection as an object, which admission is asked about. They have no metadata. */
function connectOptions(call: Call): AnyObject {
  const { query } = call.request;
  const { resource, subresources } = call.resource.definition;
  const options: Record<string, unknown> = { kind: subresources?.[call.subresource]?.kind ?? "", apiVersion: "v1" };
  if (call.subresource === "proxy") {
    const path = proxiedPath(call);
    if (path !== "" || call.info.path.endsWith("/")) options.path = `/${path}`;
  } else if (call.subresource === "portforward") {
    const ports = query.getAll("ports").flatMap((value) => value.split(",").map(Number));
    if (ports.length > 0) options.ports = ports;
  } else if (resource === "pods") {
    for (const flag of ["stdin", "stdout", "stderr", "tty"]) if (booleanParameter(query, flag)) options[flag] = true;
    const container = query.get("container");
    if (container) options.container = container;
    const command = query.getAll("command");
    if (call.subresource === "exec" && command.length > 0) options.command = command;
  }
  return options as unknown as AnyObject;
}

function agentOf(server: ServerContext) {
  if (!server.nodeProxy) throw unavailable();
  return server.nodeProxy;
}

const unavailable = () => new StatusError(503, "ServiceUnavailable", "this cluster has no node agents to reach");
