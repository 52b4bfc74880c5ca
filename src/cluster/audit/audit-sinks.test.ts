import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuditEvent } from "../../apiserver/audit/audit-event.ts";
import { systemClock } from "../../client/system-clock.ts";
import { recordingLogger } from "../../client/testing/recording-logger.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { parseServerFlags } from "../server-flags.ts";
import { openAudit } from "./audit-sinks.ts";
import { RotatingFile } from "./rotating-file.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "kybern-audit-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const eventOf = (auditId: string) =>
  new AuditEvent({
    level: "Metadata",
    auditId,
    stage: "ResponseComplete",
    requestUri: "/",
    verb: "get",
    user: { name: "tim", groups: [] },
    impersonatedUser: undefined,
    impersonationConstraint: undefined,
    sourceIPs: [],
    userAgent: "",
    objectRef: undefined,
    responseStatus: { metadata: {}, code: 200 },
    requestObject: undefined,
    responseObject: undefined,
    receivedMilliseconds: 0,
    stageMilliseconds: 0,
    annotations: new Map(),
  });

const policy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n";

describe("an audit log", () => {
  it("is put aside when it is full; old ones are compressed, and go", async () => {
    const clock = new VirtualClock();
    const path = join(scratch, "audit.log");
    const options = { path, maxSizeBytes: 10, maxAgeDays: 0, maxBackups: 2, compress: true };
    const file = new RotatingFile({ clock, logger: recordingLogger() }, options);
    for (let at = 0; at < 5; at++) {
      file.append(`line ${at}\n`);
      await clock.advance(1500);
    }
    await file.close();
    const names = readdirSync(scratch).sort();
    expect(names).toEqual(["audit-2026-01-01T00-00-04.500.log.gz", "audit-2026-01-01T00-00-06.000.log.gz", "audit.log"]);
    expect(readFileSync(path, "utf8")).toBe("line 4\n");
    expect(gunzipSync(readFileSync(join(scratch, names[1] as string))).toString()).toBe("line 3\n");
  });

  it("holds a line for each event, and goes on after a restart", async () => {
    const path = join(scratch, "logs", "audit.log");
    const policyFile = join(scratch, "policy.yaml");
    writeFileSync(policyFile, policy);
    const { audit } = parseServerFlags({ "audit-policy-file": policyFile, "audit-log-path": path });
    for (const id of ["a", "b"]) {
      const opened = openAudit({ clock: systemClock, logger: recordingLogger() }, audit as never);
      for (const sink of opened.options.sinks) sink.take(eventOf(id));
      await opened.close();
    }
    expect(
      readFileSync(path, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).auditID),
    ).toEqual(["a", "b"]);
  });
});

describe("an audit webhook", () => {
  it("gets lists of events with the credentials of its kubeconfig, again when it could not take them", async () => {
    const got: { authorization: string | undefined; ids: string[]; kind: string }[] = [];
    let busy = 1;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        if (busy-- > 0) {
          response.writeHead(503).end();
          return;
        }
        const list = JSON.parse(body) as { kind: string; items: { auditID: string }[] };
        got.push({ authorization: request.headers.authorization, kind: list.kind, ids: list.items.map(({ auditID }) => auditID) });
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const policyFile = join(scratch, "policy.yaml");
    const configFile = join(scratch, "webhook.kubeconfig");
    writeFileSync(policyFile, policy);
    writeFileSync(
      configFile,
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}/events` } }],
        users: [{ name: "u", user: { token: "secret" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    const { audit } = parseServerFlags({
      "audit-policy-file": policyFile,
      "audit-webhook-config-file": configFile,
      "audit-webhook-initial-backoff": "1ms",
    });
    const logger = recordingLogger();
    const opened = openAudit({ clock: systemClock, logger }, audit as never);
    for (const id of ["a", "b"]) for (const sink of opened.options.sinks) sink.take(eventOf(id));
    await opened.close();
    server.close();
    expect(got).toEqual([{ authorization: "Bearer secret", kind: "EventList", ids: ["a", "b"] }]);
    expect(logger.lines.map(({ message }) => message)).toEqual(["audit events could not be sent; trying again"]);
  });
});

describe("flags of the API server", () => {
  it("are refused when they are wrong", () => {
    expect(() => parseServerFlags({ "audit-log-path": "x" })).toThrow("audit needs a policy: name its file with --audit-policy-file");
    expect(() => parseServerFlags({ "max-requests-inflight": "x" })).toThrow('--max-requests-inflight takes a number; not "x"');
    expect(() => parseServerFlags({ "request-timeout": "5" })).toThrow('--request-timeout takes a duration such as 30s; not "5"');
    expect(parseServerFlags({}).requestTimeoutSeconds).toBe(60);
  });
});
