import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { containerPortNumber } from "../../api/core/pod-ports.ts";
import type { Container, LifecycleHandler } from "../../api/core/v1.ts";
import { type Clock, sleep } from "../../machinery/clock.ts";
import type { ContainerRuntime } from "../runtime/runtime.ts";

/** Runs a postStart or preStop hook to its end. Rejects with the text that upstream's events have. */
export async function runHook(
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
      throw new Error(`command '${(handler.exec.command ?? []).join(" ")}' exited with ${result.exitCode}: ${result.stderr.toString()}`);
    }
    return;
  }
  if (handler.sleep) {
    await sleep(deps.clock, handler.sleep.seconds * 1000, signal);
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
