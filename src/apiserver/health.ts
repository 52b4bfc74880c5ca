import { utf8 } from "./bytes.ts";
import type { ServerContext } from "./context.ts";
import type { HealthCheck } from "./options.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";

export type HealthEndpoint = "healthz" | "livez" | "readyz";

/** `/healthz`, `/livez`, `/readyz` and their single checks, in upstream's form. */
export async function health(
  server: ServerContext,
  request: ApiRequest,
  endpoint: HealthEndpoint,
  single: string,
  endsInSlash: boolean,
): Promise<ApiResponse> {
  const checks: HealthCheck[] = [
    { name: "ping", check: () => undefined, endpoints: ["healthz", "livez", "readyz"] },
    ...server.options.healthChecks,
    { name: "shutdown", check: () => (server.closing.aborted ? "process is shutting down" : undefined), endpoints: ["readyz"] },
  ];
  const own = checks.filter(({ endpoints }) => endpoints.includes(endpoint));
  if (endsInSlash) return plain(404, "404 page not found\n");
  if (single !== "") {
    const check = own.find(({ name }) => name === single);
    if (!check) return plain(404, "404 page not found\n");
    const complaint = await check.check();
    return complaint === undefined ? bare(200, "ok") : plain(500, `internal server error: ${complaint}\n`);
  }
  const excluded = new Set(request.query.getAll("exclude"));
  let lines = "";
  let failed = false;
  for (const { name, check } of own) {
    if (excluded.delete(name)) {
      lines += `[+]${name} excluded: ok\n`;
      continue;
    }
    const complaint = await check();
    server.metrics.health.checked(name, endpoint, complaint === undefined);
    if (complaint === undefined) lines += `[+]${name} ok\n`;
    else {
      failed = true;
      lines += `[-]${name} failed: reason withheld\n`;
      server.logger.warn("health check failed", { endpoint, check: name, complaint });
    }
  }
  if (excluded.size > 0) {
    lines += `warn: some health checks cannot be excluded: no matches for ${[...excluded].map((name) => JSON.stringify(name)).join(",")}\n`;
  }
  if (failed) return plain(500, `${lines}${endpoint} check failed\n`);
  return plain(200, request.query.has("verbose") ? `${lines}${endpoint} check passed\n` : "ok");
}

/** Text whose type was only guessed from what it says. */
function bare(status: number, body: string): ApiResponse {
  const response = plain(status, body);
  delete response.headers["x-content-type-options"];
  return response;
}

export function plain(status: number, body: string, type = "text/plain; charset=utf-8"): ApiResponse {
  return {
    status,
    headers: { "cache-control": "no-cache, private", "content-type": type, "x-content-type-options": "nosniff" },
    body: { form: "bytes", bytes: utf8(body) },
  };
}
