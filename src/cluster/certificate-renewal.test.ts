import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodes } from "../api/refs.ts";
import { createHttpClient } from "../client/http-client.ts";
import { systemClock, systemRandom } from "../client/system-clock.ts";
import { recordingLogger } from "../client/testing/recording-logger.ts";
import { type Clock, VirtualClock } from "../machinery/clock.ts";
import { silentLogger } from "../machinery/logger.ts";
import type { KeyPair } from "./certificate.ts";
import { startCertificateRenewal } from "./certificate-renewal.ts";
import { CertificateStore, expiryOf } from "./certificates.ts";
import { startControlPlane } from "./control-plane.ts";
import { freePort, planeOptions } from "./testing/test-control-plane.ts";

const day = 24 * 3600 * 1000;
const request = { commonName: "someone", usages: ["client" as const] };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kybern-renewal-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe("the renewal of certificates", () => {
  it("makes kept certificates anew in time, keeps them on disk and tells who uses them", async () => {
    const clock = new VirtualClock();
    const store = new CertificateStore(directory, clock);
    const kept = await store.keep("one", request);
    const told: KeyPair[] = [];
    kept.onRenewal((pair) => told.push(pair));
    const first = kept.current;
    await clock.advance(304 * day);
    expect(await store.renew()).toEqual([]);
    await store.keep("two", request);
    await clock.advance(2 * day);
    expect(await store.renew()).toEqual(["one"]);
    expect(kept.current.certificate).not.toBe(first.certificate);
    expect(told).toEqual([kept.current]);
    expect(await readFile(join(directory, "one.crt"), "utf8")).toBe(kept.current.certificate);
    expect(expiryOf(kept.current.certificate)).toBe(clock.now() + 365 * day);
    expect(new X509Certificate(kept.current.certificate).verify(new X509Certificate((await store.authority()).certificate).publicKey)).toBe(
      true,
    );
  });

  it("goes on for as long as the process does: no certificate comes within eight weeks of its end", async () => {
    const clock = new VirtualClock();
    const logger = recordingLogger();
    const certificates = new CertificateStore(directory, clock);
    const kept = await certificates.keep("one", request);
    const renewal = startCertificateRenewal({ certificates, clock, logger });
    let least = Number.POSITIVE_INFINITY;
    for (let passed = 0; passed < 1300; passed++) {
      // Keys are made outside of virtual time: the loop waits for its next look only when it is done with this one.
      while ((clock.nextTimer() ?? 0) === 0) await new Promise((done) => setImmediate(done));
      await clock.advance(day / 2);
      least = Math.min(least, expiryOf(kept.current.certificate) - clock.now());
    }
    await renewal.stop();
    expect(least).toBeGreaterThan(56 * day);
    const line = { level: "info", message: "certificates were renewed", fields: { certificates: ["one"] } };
    expect(logger.lines).toEqual([line, line]);
  });

  it("tells of the authority's end half a year before", async () => {
    const clock = new VirtualClock();
    const logger = recordingLogger();
    const certificates = new CertificateStore(directory, clock);
    const ends = new Date(expiryOf((await certificates.authority()).certificate)).toISOString();
    await clock.advance(3480 * day);
    const renewal = startCertificateRenewal({ certificates, clock, logger });
    while (clock.nextTimer() === undefined) await new Promise((done) => setImmediate(done));
    await renewal.stop();
    expect(logger.lines).toMatchObject([
      { level: "warn", message: "a certificate authority of the cluster ends soon; nothing renews it", fields: { authority: "ca", ends } },
    ]);
  });

  it("reaches a serving API server and its clients, without a connection lost", async () => {
    // Real time, as clients check it; the first certificates are of 306 days ago.
    let moved = -306 * day;
    const clock: Clock = { now: () => systemClock.now() + moved, setTimeout: (callback, delay) => systemClock.setTimeout(callback, delay) };
    const certificates = new CertificateStore(directory, clock);
    const port = await freePort();
    const controlPlane = await startControlPlane({ clock, random: systemRandom, logger: silentLogger }, planeOptions(certificates, port));
    const admin = await certificates.keep("admin", { commonName: "admin", organizations: ["system:masters"], usages: ["client"] });
    const client = createHttpClient(
      {
        server: `https://127.0.0.1:${port}`,
        certificateAuthority: (await certificates.authority()).certificate,
        clientCertificate: admin.current.certificate,
        clientKey: admin.current.key,
      },
      { clock, random: systemRandom },
    );
    try {
      await client.create(nodes, { metadata: { name: "n1" } });
      const watching = new AbortController();
      const watch = client.watch(nodes, { resourceVersion: "0", signal: watching.signal })[Symbol.asyncIterator]();
      expect((await watch.next()).value?.object.metadata.name).toBe("n1");
      const before = await servedUntil(port);
      moved = 0;
      expect((await certificates.renew()).sort()).toEqual(["admin", "apiserver", "apiserver-kubelet-client", "front-proxy-client"]);
      expect(await servedUntil(port)).toBeGreaterThan(before + 300 * day);
      // What the client is given shows in its next request, while the watch goes on over its connection.
      const nobody = await certificates.certificate("nobody", { commonName: "nobody", usages: ["client"] });
      client.renew(nobody.certificate, nobody.key);
      await expect(client.list(nodes)).rejects.toThrow('nodes is forbidden: User "nobody" cannot list resource "nodes"');
      await controlPlane.clientAs("test", ["system:masters"]).create(nodes, { metadata: { name: "n2" } });
      expect((await watch.next()).value?.object.metadata.name).toBe("n2");
      watching.abort();
    } finally {
      client.close();
      await controlPlane.stop();
    }
  });
});

/** When the certificate ends that a new connection is shown. */
function servedUntil(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(Date.parse(socket.getPeerCertificate().valid_to));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
