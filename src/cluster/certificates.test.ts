import { X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { CertificateStore } from "./certificates.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kybern-certificates-"));
});
afterAll(() => rm(directory, { recursive: true }));

const server = {
  commonName: "kube-apiserver",
  usages: ["server" as const],
  dnsNames: ["kubernetes", "localhost"],
  addresses: ["127.0.0.1", "::1", "fd00:10::1"],
};

describe("CertificateStore", () => {
  it("issues certificates that chain to its authority, with the names asked for", async () => {
    const store = new CertificateStore(directory, new VirtualClock());
    const authority = new X509Certificate((await store.authority()).certificate);
    const leaf = new X509Certificate((await store.certificate("apiserver", server)).certificate);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.checkHost("kubernetes")).toBe("kubernetes");
    expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  });

  it("keeps a certificate while it is good, and makes it anew for other names or near its end", async () => {
    const clock = new VirtualClock();
    const first = await new CertificateStore(directory, clock).certificate("kept", server);
    expect(await new CertificateStore(directory, clock).certificate("kept", server)).toEqual(first);
    const renamed = await new CertificateStore(directory, clock).certificate("kept", { ...server, dnsNames: ["other"] });
    expect(renamed).not.toEqual(first);
    await clock.advance(310 * 24 * 3600 * 1000);
    const renewed = await new CertificateStore(directory, clock).certificate("kept", { ...server, dnsNames: ["other"] });
    expect(renewed).not.toEqual(renamed);
  });

  it("puts groups into client certificates", async () => {
    const pair = await new CertificateStore(directory, new VirtualClock()).certificate("admin", {
      commonName: "kubernetes-admin",
      organizations: ["system:masters"],
      usages: ["client"],
    });
    const subject = new X509Certificate(pair.certificate).subject;
    expect(subject).toBe("O=system:masters\nCN=kubernetes-admin");
  });
});
