import type { ServerResponse } from "node:http";
import type { Pod } from "../../api/core/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import { nameOf } from "../../machinery/object.ts";
import type { LogStreams } from "../logs/log-printer.ts";
import { type ReadLogsOptions, readLogs } from "../logs/read-logs.ts";
import { type ContainerRuntime, isRuntimeError } from "../runtime/runtime.ts";
import type { PodLookup } from "./pod-lookup.ts";
import { RequestRefusal } from "./request-refusal.ts";
import { sendPieces } from "./send-pieces.ts";

export interface ContainerLogsDeps {
  lookup: PodLookup;
  runtime: ContainerRuntime;
  clock: Clock;
}

/** `/containerLogs/{namespace}/{pod}/{container}`. */
export async function serveContainerLogs(
  { lookup, runtime, clock }: ContainerLogsDeps,
  [namespace = "", podName = "", container = ""]: readonly string[],
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  if (podName === "") throw new RequestRefusal(400, '{"message": "Missing podID."}');
  if (container === "") throw new RequestRefusal(400, '{"message": "Missing container name."}');
  const options = optionsOf(query, clock);
  const pod = lookup.pod(namespace, podName);
  if (!lookup.containerSpec(pod, container)) {
    throw new RequestRefusal(404, `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(podName)}`);
  }
  const id = await logOwner(lookup, pod, container, isTrue(query.get("previous")));
  const path = await logPath(runtime, id);
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const follow = isTrue(query.get("follow")) ? { isRunning: () => isRunning(runtime, id), clock, signal: gone.signal } : undefined;
  let pieces: Awaited<ReturnType<typeof readLogs>>;
  try {
    pieces = await readLogs(path, { ...options, ...(follow ? { follow } : {}) });
  } catch (error) {
    throw new RequestRefusal(400, `failed to open log file ${JSON.stringify(path)}: ${(error as Error).message}`);
  }
  response.writeHead(200, { "content-type": "text/plain" });
  // Whoever follows a quiet container wants to know that it worked.
  response.flushHeaders();
  await sendPieces(pieces, response);
}

function optionsOf(query: URLSearchParams, clock: Clock): ReadLogsOptions {
  const tail = query.get("tail");
  const tailLines = number(tail === "all" ? null : (tail ?? query.get("tailLines")));
  const limitBytes = number(query.get("limitBytes"));
  const sinceSeconds = number(query.get("sinceSeconds"));
  const sinceTime = query.get("sinceTime");
  const streams = query.get("stream") || "All";
  const isKnown = streams === "All" || streams === "Stdout" || streams === "Stderr";
  const contradicts = (sinceSeconds !== undefined && sinceTime) || (streams !== "All" && tailLines !== undefined);
  if (!isKnown || contradicts || (tailLines ?? 0) < 0 || (limitBytes ?? 1) < 1 || (sinceSeconds ?? 1) < 1) {
    throw new RequestRefusal(422, '{"message": "Invalid request."}');
  }
  const options: ReadLogsOptions = { streams: streams as LogStreams, timestamps: isTrue(query.get("timestamps")) };
  if (tailLines !== undefined) options.tailLines = tailLines;
  if (limitBytes !== undefined) options.limitBytes = limitBytes;
  if (sinceSeconds !== undefined) options.since = clock.now() - sinceSeconds * 1000;
  if (sinceTime) {
    options.since = Date.parse(sinceTime);
    if (Number.isNaN(options.since)) throw undecodable();
  }
  return options;
}

function number(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw undecodable();
  return Number(text);
}

const undecodable = () => new RequestRefusal(400, '{"message": "Unable to decode query."}');

function isTrue(text: string | null): boolean {
  return text !== null && text !== "false" && text !== "0";
}

/** The id of the container whose log is meant, or upstream's words on why there is none. */
async function logOwner(lookup: PodLookup, pod: Pod, container: string, previous: boolean): Promise<string> {
  const what = `container ${JSON.stringify(container)} in pod ${JSON.stringify(nameOf(pod))}`;
  const status = lookup.containerStatus(pod, container);
  const last = status?.lastState?.terminated;
  if (previous) {
    if (!last?.containerID) throw new RequestRefusal(400, `previous terminated ${what} not found`);
    return bareId(last.containerID);
  }
  const ended = status?.state?.terminated;
  const known = status?.state?.running ? status.containerID : ended ? (ended.containerID ?? last?.containerID) : last?.containerID;
  if (known) return bareId(known);
  // The status may be behind: the container has a log as soon as it runs.
  const [started] = await lookup.attempts(pod, container);
  if (started) return started.id;
  if (!status) throw new RequestRefusal(400, `${what} is not available`);
  if (ended || last) throw new RequestRefusal(400, `${what} is terminated`);
  const reason = status.state?.waiting?.reason;
  if (status.state?.waiting === undefined) throw new RequestRefusal(400, `${what} is waiting to start - no logs yet`);
  throw new RequestRefusal(400, `${what} is waiting to start: ${waitingTexts[reason ?? ""] ?? reason ?? ""}`);
}

const waitingTexts: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image",
};

/** Without the runtime's name before it. */
function bareId(containerID: string): string {
  return containerID.slice(containerID.indexOf("//") + 2);
}

async function logPath(runtime: ContainerRuntime, id: string): Promise<string> {
  try {
    return (await runtime.containerStatus(id)).logPath;
  } catch (error) {
    if (!isRuntimeError(error, "NotFound")) throw error;
    throw new RequestRefusal(400, `unable to retrieve container logs for containerd://${id}`);
  }
}

async function isRunning(runtime: ContainerRuntime, id: string): Promise<boolean> {
  try {
    return (await runtime.containerStatus(id)).state === "running";
  } catch (error) {
    // Containers run on while the runtime is away.
    return !isRuntimeError(error, "NotFound");
  }
}
