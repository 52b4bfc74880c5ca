import type { ProbeResult } from "./probe-result.ts";

const serving = 1;

/** Asks a server by the gRPC health checking protocol. */
export async function grpcHealth(host: string, port: number, service: string, timeoutSeconds: number): Promise<ProbeResult> {
  // Few pods have such probes: the library is loaded with the first.
  const { Client, credentials, status } = await import("@grpc/grpc-js");
  const client = new Client(`${host}:${port}`, credentials.createInsecure());
  try {
    return await new Promise<ProbeResult>((resolve) => {
      client.makeUnaryRequest(
        "/grpc.health.v1.Health/Check",
        (name: string) => encodeService(name),
        (bytes: Buffer) => decodeStatus(bytes),
        service,
        { deadline: timeoutSeconds * 1000 + performance.timeOrigin + performance.now() },
        (error, answer) => {
          if (!error) {
            resolve(
              answer === serving
                ? { verdict: "success", output: "service healthy" }
                : { verdict: "failure", output: `service unhealthy (responded with "${answer}")` },
            );
          } else if (error.code === status.DEADLINE_EXCEEDED) {
            resolve({
              verdict: "failure",
              output: `timeout: failed to connect service "${host}:${port}" within ${timeoutSeconds}s: context deadline exceeded`,
            });
          } else resolve({ verdict: "failure", output: `error: health rpc failed: ${error.message}` });
        },
      );
    });
  } finally {
    client.close();
  }
}

/** HealthCheckRequest { string service = 1 } */
function encodeService(name: string): Buffer {
  const text = Buffer.from(name);
  return text.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, text.length]), text]);
}

/** HealthCheckResponse { ServingStatus status = 1 } */
function decodeStatus(bytes: Buffer): number {
  return bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0;
}
