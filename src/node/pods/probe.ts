import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { containerPortNumber } from "../../api/core/pod-ports.ts";
import type { Container, Probe } from "../../api/core/v1.ts";
import { type ContainerRuntime, isRuntimeError, RuntimeError } from "../runtime/runtime.ts";
import { grpcHealth } from "./grpc-health.ts";
import type { ProbeResult } from "./probe-result.ts";

const maxBodyBytes = 10 * 1024;

/** Asks a container once. Never rejects. */
export async function runProbe(
  runtime: ContainerRuntime,
  probe: Probe,
  container: Container,
  containerId: string,
  podIp: string,
): Promise<ProbeResult> {
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  try {
    if (probe.exec) return await execProbe(runtime, containerId, probe.exec.command ?? [], timeoutSeconds);
    if (runtime.answersNetwork)
      return (await runtime.answersNetwork(containerId)) ? { verdict: "success", output: "" } : failed("no answer");
    if (probe.httpGet) {
      const port = containerPortNumber(container, probe.httpGet.port);
      if (port === undefined) return unknown(`couldn't find port: ${probe.httpGet.port}`);
      return await httpProbe(probe, probe.httpGet.host || podIp, port, timeoutSeconds);
    }
    if (probe.tcpSocket) {
      const port = containerPortNumber(container, probe.tcpSocket.port);
      if (port === undefined) return unknown(`couldn't find port: ${probe.tcpSocket.port}`);
      return await tcpProbe(probe.tcpSocket.host || podIp, port, timeoutSeconds);
    }
    if (probe.grpc) return await grpcHealth(podIp, probe.grpc.port, probe.grpc.service ?? "", timeoutSeconds);
    return unknown("missing probe handler");
  } catch (error) {
    return unknown(error instanceof RuntimeError ? error.rpcText : String(error));
  }
}

function failed(output: string): ProbeResult {
  return { verdict: "failure", output };
}

function unknown(output: string): ProbeResult {
  return { verdict: "unknown", output };
}

async function execProbe(runtime: ContainerRuntime, id: string, command: readonly string[], timeoutSeconds: number): Promise<ProbeResult> {
  try {
    const result = await runtime.execSync(id, command, timeoutSeconds);
    return {
      verdict: result.exitCode === 0 ? "success" : "failure",
      output: `${result.stdout.toString()}${result.stderr.toString()}`.slice(0, maxBodyBytes),
    };
  } catch (error) {
    if (isRuntimeError(error, "DeadlineExceeded"))
      return failed(`command timed out: "${command.join(" ")}" timed out after ${timeoutSeconds}s`);
    throw error;
  }
}

/**
 * Deadlines of probes are checked once more when they fire: a timer that is late because this thread was held up must not
 * fail a probe whose answer lies in the socket already.
 */
function withDeadline<T>(seconds: number, start: (settle: (result: T) => void) => { cancel(result: T): void }, late: T): Promise<T> {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (result: T) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve(result);
    };
    const attempt = start(settle);
    // biome-ignore lint/style/noRestrictedGlobals: probes are about real sockets, so their deadline is real time
    const timer = setTimeout(() => {
      // biome-ignore lint/style/noRestrictedGlobals: one turn of the event loop reads what has arrived
      setImmediate(() =>
        // biome-ignore lint/style/noRestrictedGlobals: as above
        setImmediate(() => {
          if (!settled) attempt.cancel(late);
          settle(late);
        }),
      );
    }, seconds * 1000);
  });
}

function httpProbe(probe: Probe, host: string, port: number, timeoutSeconds: number): Promise<ProbeResult> {
  const { scheme, path = "/", httpHeaders = [] } = probe.httpGet ?? { port };
  const secure = scheme === "HTTPS";
  const shown = `${secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}${path.startsWith("/") ? path : `/${path}`}`;
  const headers: Record<string, string> = { "User-Agent": "kube-probe/1.36", Accept: "*/*", Connection: "close" };
  for (const { name, value } of httpHeaders) headers[name] = value;
  return withDeadline<ProbeResult>(
    timeoutSeconds,
    (settle) => {
      const options = {
        host,
        port,
        path: path.startsWith("/") ? path : `/${path}`,
        headers,
        agent: false as const,
        ...(secure ? { rejectUnauthorized: false } : {}),
      };
      const outgoing = (secure ? httpsRequest : httpRequest)(options, (response) => {
        const status = response.statusCode ?? 0;
        let body = "";
        response.on("data", (chunk: Buffer) => {
          if (body.length < maxBodyBytes) body += chunk.toString();
        });
        const finish = () =>
          settle(
            status >= 200 && status < 400 ? { verdict: "success", output: body } : failed(`HTTP probe failed with statuscode: ${status}`),
          );
        response.on("end", finish);
        response.on("error", finish);
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) => settle(failed(`Get "${shown}": ${connectionText(error, host, port)}`)));
      outgoing.end();
      return { cancel: () => outgoing.destroy() };
    },
    failed(`Get "${shown}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`),
  );
}

function tcpProbe(host: string, port: number, timeoutSeconds: number): Promise<ProbeResult> {
  return withDeadline<ProbeResult>(
    timeoutSeconds,
    (settle) => {
      const socket = connect({ host, port }, () => {
        socket.destroy();
        settle({ verdict: "success", output: "" });
      });
      socket.on("error", (error: NodeJS.ErrnoException) => settle(failed(connectionText(error, host, port))));
      return { cancel: () => socket.destroy() };
    },
    failed(`dial tcp ${host}:${port}: i/o timeout`),
  );
}

function connectionText(error: NodeJS.ErrnoException, host: string, port: number): string {
  const texts: Record<string, string> = {
    ECONNREFUSED: "connect: connection refused",
    EHOSTUNREACH: "connect: no route to host",
    ENETUNREACH: "connect: network is unreachable",
    ECONNRESET: "read: connection reset by peer",
  };
  const text = error.code ? texts[error.code] : undefined;
  return text ? `dial tcp ${host}:${port}: ${text}` : error.message;
}
