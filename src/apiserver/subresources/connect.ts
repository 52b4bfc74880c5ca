import type { Container, Pod } from "../../api/core/v1.ts";
import { badRequest, forbidden, internalError, invalid, notFound, StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { attributesOf } from "../admission-attributes.ts";
import type { Call, ServerContext } from "../context.ts";
import { type ApiResponse, noBody, type UpgradeRequest, type UpgradeTarget } from "../request.ts";
import { commonHeaders } from "../respond.ts";
import { booleanOption, parseGoInteger, readLogOptions, unverifiedOption } from "./log-options.ts";
import { checkNode, nodePortOf, type ProxyTarget, proxiedPath, rootRedirect, splitName, targetOf } from "./proxy-target.ts";

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
  if (what === "pods/log") return uncached(await podLog(server, call));
  if (call.request.query.has("dryRun")) throw badRequest("dryRun is not supported");
  await admitConnect(server, call);
  switch (what) {
    case "pods/proxy":
    case "services/proxy":
      return uncached(await proxyToAddress(server, call, targetOf(server, call)));
    case "nodes/proxy":
      return uncached(await proxyToNode(server, call));
    default:
      await mayConnect(server, call);
      // Says first what is wrong with the pod or the container, if anything is.
      upgradeTarget(server, call);
      throw badRequest("Upgrade request required");
  }
}

/** The API server's own word on caching stands before that of who answers behind it. */
function uncached(response: ApiResponse): ApiResponse {
  const [own, theirs] = [commonHeaders["cache-control"], response.headers["cache-control"]];
  const both = theirs === undefined || theirs === own ? own : [own, ...[theirs].flat()];
  return { ...response, headers: { ...response.headers, "cache-control": both } };
}

/** Hands an authorised upgrade over to the agent of the pod's node. */
export async function connectUpgrade(server: ServerContext, call: Call, request: UpgradeRequest): Promise<void> {
  await admitConnect(server, call);
  const what = `${call.resource.qualifiedName}/${call.subresource}`;
  const own = what === "pods/proxy" || what === "services/proxy" ? targetOf(server, call) : undefined;
  const to = what === "nodes/proxy" ? nodePortOf(server, call) : own;
  if (to) {
    const { address, scheme } = to;
    const upgradeTo = agentOf(server).upgradeTo;
    if (!upgradeTo) throw unavailable();
    // As upstream does: the query of an upgrade isn't passed on.
    await upgradeTo.call(server.nodeProxy, address, proxiedPath(call), request, scheme);
    return;
  }
  await mayConnect(server, call);
  const target = upgradeTarget(server, call);
  await agentOf(server).upgrade(target, request);
}

function upgradeTarget(server: ServerContext, call: Call): UpgradeTarget {
  const { query } = call.request;
  switch (`${call.resource.qualifiedName}/${call.subresource}`) {
    case "pods/exec":
    case "pods/attach": {
      const pod = podOf(server, call);
      const container = containerOf(pod, query.get("container") ?? "");
      const options = new URLSearchParams();
      for (const [name, flag] of [
        ["input", "stdin"],
        ["output", "stdout"],
        ["error", "stderr"],
        ["tty", "tty"],
      ] as const) {
        if (booleanOption(query.get(flag))) options.set(name, "1");
      }
      for (const part of query.getAll("command")) options.append("command", part);
      const path = `/${call.subresource}/${pod.metadata.namespace}/${pod.metadata.name}/${container}?${options}`;
      return { node: nodeOf(server, call, pod), path };
    }
    case "pods/portforward": {
      for (const port of query.getAll("ports")) {
        parseGoInteger(port, { least: 0n, most: 65_535n }, "ParseUint", "cannot convert to []int32: ");
      }
      const pod = podOf(server, call);
      const ports = query.getAll("ports").map((port) => `port=${encodeURIComponent(port)}`);
      const suffix = ports.length > 0 ? `?${ports.join("&")}` : "";
      return { node: nodeOf(server, call, pod), path: `/portForward/${pod.metadata.namespace}/${pod.metadata.name}${suffix}` };
    }
    case "nodes/proxy":
      return { node: splitName(call.name, "node").id, path: proxiedPath(call) };
    default:
      throw badRequest(`upgrades are not supported on ${call.resource.qualifiedName}/${call.subresource}`);
  }
}

async function podLog(server: ServerContext, call: Call): Promise<ApiResponse> {
  const { query } = call.request;
  const { podLogs } = server.metrics;
  const { options, errors } = readLogOptions(query);
  podLogs.asked(booleanOption(query.get(unverifiedOption)));
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, call.name, errors);
  const pod = podOf(server, call);
  const container = containerOf(pod, query.get("container") ?? "");
  if (!pod.spec?.nodeName) return { status: 204, headers: {}, body: noBody };
  const node = nodeOf(server, call, pod);
  const path = `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}${queryText(options)}`;
  let response: ApiResponse;
  try {
    response = await agentOf(server).forward(node, path, call.request);
  } catch (error) {
    if (error instanceof StatusError && error.message.includes("x509:")) podLogs.untrustedAgents++;
    throw error;
  }
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

/** A request to a port of a pod, of a service or of a node. */
async function proxyToAddress(server: ServerContext, call: Call, { address, scheme }: ProxyTarget): Promise<ApiResponse> {
  const redirect = redirected(call);
  if (redirect) return redirect;
  const forwardTo = agentOf(server).forwardTo;
  if (!forwardTo) throw unavailable();
  return forwardTo.call(server.nodeProxy, address, `${proxiedPath(call)}${queryText(call.request.query)}`, call.request, scheme);
}

async function proxyToNode(server: ServerContext, call: Call): Promise<ApiResponse> {
  const port = nodePortOf(server, call);
  if (port) return proxyToAddress(server, call, port);
  const redirect = redirected(call);
  if (redirect) return redirect;
  const { id } = splitName(call.name, "node");
  return agentOf(server).forward(id, `${proxiedPath(call)}${queryText(call.request.query)}`, call.request, true);
}

function redirected(call: Call): ApiResponse | undefined {
  const location = rootRedirect(call);
  return location === undefined ? undefined : { status: 301, headers: { location }, body: noBody };
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

function nodeOf(server: ServerContext, call: Call, pod: Pod): string {
  const node = pod.spec?.nodeName;
  if (!node) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  checkNode(server, call, node);
  return node;
}

/** The container that is meant: the one named, or the only one. */
function containerOf({ metadata, spec }: Pod, asked: string): string {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {};
  const names = [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name);
  if (asked === "") {
    if (containers.length === 1) return (containers[0] as Container).name;
    throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(" ")}]`);
  }
  if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  return asked;
}

/** WebSockets are asked for with GET: who may only read gets into no container with them. */
async function mayConnect(server: ServerContext, { info, user, name, resource }: Call): Promise<void> {
  if (info.verb !== "get" || resource.definition.resource !== "pods") return;
  const { effect, reason } = await server.authorizer.decide(user, { ...info, verb: "create" });
  if (effect !== "allow") throw forbidden(resource.definition, name, reason);
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
    if (call.info.parts.length > 3 || call.info.path.endsWith("/")) options.path = proxiedPath(call);
  } else if (call.subresource === "portforward") {
    const ports = query.getAll("ports").flatMap((value) => value.split(",").map(Number));
    if (ports.length > 0) options.ports = ports;
  } else if (resource === "pods") {
    for (const flag of ["stdin", "stdout", "stderr", "tty"]) if (booleanOption(query.get(flag))) options[flag] = true;
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
