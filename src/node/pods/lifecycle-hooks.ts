import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { containerPortNumber } from "../../api/core/pod-ports.ts";
import type { Container, LifecycleHandler, Pod } from "../../api/core/v1.ts";
import { type Clock, sleep } from "../../machinery/clock.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { type ContainerRuntime, RuntimeError } from "../runtime/runtime.ts";

/** Runs a postStart or preStop hook to its end. Rejects with the text that the container's status has then. */
export async function runHook(
  deps: { runtime: ContainerRuntime; clock: Clock },
  handler: LifecycleHandler,
  pod: Pod,
  container: Container,
  containerId: string,
  podIp: string,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const where = `for Container "${container.name}" in Pod "${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})" failed - error: `;
  try {
    await run(deps, handler, container, containerId, podIp, timeoutSeconds, signal);
  } catch (error) {
    const text = error instanceof RuntimeError ? error.rpcText : error instanceof Error ? error.message : String(error);
    if (error instanceof CommandFailure)
      throw new Error(
        `Exec lifecycle hook ([${handler.exec?.command?.join(" ")}]) ${where}${text}, message: ${JSON.stringify(error.output)}`,
      );
    if (handler.exec) throw new Error(`Exec lifecycle hook ([${handler.exec.command?.join(" ")}]) ${where}${text}, message: ""`);
    if (handler.httpGet) throw new Error(`HTTP lifecycle hook (${handler.httpGet.path ?? ""}) ${where}${text}`);
    throw new Error(`Sleep lifecycle hook (${handler.sleep?.seconds ?? 0}) ${where}${text}`);
  }
}

class CommandFailure extends Error {
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.name = "CommandFailure";
    this.output = output;
  }
}

async function run(
  deps: { runtime: ContainerRuntime; clock: Clock },
  handler: LifecycleHandler,
  container: Container,
  containerId: string,
  podIp: string,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<void> {
  if (handler.exec) {
    const result = await deps.runtime.execSync(containerId, handler.exec.command ?? [], timeoutSeconds);
    if (result.exitCode !== 0) {
      const message = `command '${(handler.exec.command ?? []).join(" ")}' exited with ${result.exitCode}: ${result.stderr.toString()}`;
      throw new CommandFailure(message, `${result.stdout.toString()}${result.stderr.toString()}`);
    }
    return;
  }
  if (handler.sleep) {
    await sleep(deps.clock, handler.sleep.seconds * 1000, signal);
    return;
  }
  if (handler.httpGet && deps.runtime.answersNetwork) {
    if (!(await deps.runtime.answersNetwork(containerId))) throw new Error("no answer");
    return;
  }
  if (handler.httpGet) {
    const { httpGet } = handler;
    const port = containerPortNumber(container, httpGet.port);
    if (port === undefined) throw new Error(`couldn't find port: ${httpGet.port}`);
    await get(httpGet.scheme === "HTTPS", httpGet.host || podIp, port, httpGet.path ?? "/", httpGet.httpHeaders ?? [], timeoutSeconds);
  }
}

function get(
  secure: boolean,
  host: string,
  port: number,
  path: string,
  headers: readonly { name: string; value: string }[],
  timeoutSeconds: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = {
      host,
      port,
      path,
      agent: false as const,
      headers: Object.fromEntries([["User-Agent", "kube-lifecycle/1.36"], ...headers.map(({ name, value }) => [name, value])]),
      timeout: Math.max(1, timeoutSeconds) * 1000,
      ...(secure ? { rejectUnauthorized: false } : {}),
    };
    const outgoing = (secure ? httpsRequest : httpRequest)(options, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer from ${host}:${port} in time`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
