import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthenticationV1Api, CoreV1Api, KubeConfig, Watch } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import type { TokenRequest } from "../api/authentication/v1.ts";
import type { Job } from "../api/batch/v1.ts";
import type { CertificateSigningRequest } from "../api/certificates/v1.ts";
import { certificatesigningrequests, configmaps, jobs, pods, serviceaccounts } from "../api/refs.ts";
import { connect } from "../client/connect.ts";
import { makeRequest } from "../cluster/certificate-requests.ts";
import { clusters } from "./fixtures/started.ts";

describe("what time does to a cluster, on virtual time", () => {
  const { start } = clusters();

  it("ends tokens, for other clients too", async () => {
    const cluster = await start({ controllers: ["serviceaccount"] });
    await cluster.until("serviceaccount/default", "exists");
    const body: TokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: {},
      spec: { audiences: [], expirationSeconds: 3600 },
    };
    const { status } = await cluster.client.post<TokenRequest>(serviceaccounts, "default", "token", body);
    expect(status?.expirationTimestamp).toBe(new Date(cluster.now.getTime() + 3_600_000).toISOString().replace(".000Z", "Z"));
    const { url, certificateAuthority } = await cluster.serve();
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "c", server: url, caData: btoa(certificateAuthority), skipTLSVerify: false },
      { name: "u", token: status?.token as string },
    );
    const api = config.makeApiClient(AuthenticationV1Api);
    const whoAmI = async () => (await api.createSelfSubjectReview({ body: {} })).status?.userInfo?.username;
    expect(await whoAmI()).toBe("system:serviceaccount:default:default");
    await cluster.advance("59m");
    expect(await whoAmI()).toBe("system:serviceaccount:default:default");
    await cluster.advance("2h");
    await expect(whoAmI()).rejects.toMatchObject({ code: 401 });
  });

  it("ends certificates: of users' kubeconfigs and of those that were asked for, also on open connections", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kybern-time-"));
    const cluster = await start({ controllers: ["certificatesigningrequest-signing"], now: "2031-05-01T00:00:00Z" });
    const { kubeConfig, url, certificateAuthority } = await cluster.serve();
    const dev = await cluster.user("dev");
    const { request, key } = await makeRequest({ commonName: "asked", organizations: ["team"] });
    const made = await cluster.client.create(certificatesigningrequests, {
      metadata: { name: "asked" },
      spec: { request: btoa(request), signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"], expirationSeconds: 3600 },
    });
    await cluster.client.update(
      certificatesigningrequests,
      { ...made, status: { conditions: [{ type: "Approved", status: "True", reason: "Test", message: "" }] } },
      { subresource: "approval" },
    );
    const { status } = await cluster.until<CertificateSigningRequest>(
      "csr/asked",
      (csr: CertificateSigningRequest) => !!csr.status?.certificate,
    );
    const asked = new KubeConfig();
    asked.loadFromClusterAndUser(
      { name: "c", server: url, caData: btoa(certificateAuthority), skipTLSVerify: false },
      { name: "u", certData: status?.certificate as string, keyData: btoa(key) },
    );
    const who = (config: KubeConfig, at = url) => {
      const [place] = config.clusters;
      if (place) config.clusters = [{ ...place, server: at }];
      const api = config.makeApiClient(AuthenticationV1Api);
      return async () => (await api.createSelfSubjectReview({ body: {} })).status?.userInfo?.username;
    };
    const configOf = (text: string) => {
      const config = new KubeConfig();
      config.loadFromString(text);
      return config;
    };
    const connection = connect({ kubeConfig });
    const ask = () => connection.client.list(configmaps, { namespace: "default" });
    const kubeConfigs = [kubeConfig, await dev.kubeConfig()];
    const users = [who(asked), ...kubeConfigs.map((text) => who(configOf(text)))] as const;
    expect(await Promise.all(users.map((each) => each()))).toEqual(["asked", "kubernetes-admin", "dev"]);
    await ask();
    await cluster.advance("59m");
    expect(await users[0]()).toBe("asked");
    await cluster.advance("2m");
    await expect(users[0]()).rejects.toMatchObject({ code: 401 });
    await ask();
    await cluster.advance("1h");
    await cluster.save(join(directory, "saved"));
    // A year of reconciling takes a while: the cluster goes on after it instead.
    const from = join(directory, "saved");
    const lastDay = await start({ from, now: "2032-04-29T23:00:00Z" });
    const { url: later } = await lastDay.serve();
    const usersLater = kubeConfigs.map((text) => who(configOf(text), later));
    expect(await Promise.all(usersLater.map((each) => each()))).toEqual(["kubernetes-admin", "dev"]);
    await lastDay.advance("2h");
    for (const each of usersLater) await expect(each()).rejects.toMatchObject({ code: 401 });
    // One that is made now is good now.
    const again = await lastDay.user("dev");
    expect(await who(configOf(await again.kubeConfig()), later)()).toBe("dev");
    await expect(start({ from, now: "2031-01-01" })).rejects.toThrow(
      "the saved cluster's time is 2031-05-01T02:01:00.000Z: it can't go on before that, at 2031-01-01",
    );
    await connection.close();
    rmSync(directory, { recursive: true });
  });

  it("takes certificate requests away, an hour after they were decided, a day after they were made", async () => {
    const cluster = await start();
    const { request } = await makeRequest({ commonName: "dev" });
    const made = (name: string): CertificateSigningRequest => ({
      metadata: { name },
      spec: { request: btoa(request), signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"], expirationSeconds: 3600 },
    });
    await cluster.client.create(certificatesigningrequests, made("undecided"));
    const decided = await cluster.client.create(certificatesigningrequests, made("decided"));
    await cluster.client.update(
      certificatesigningrequests,
      { ...decided, status: { conditions: [{ type: "Approved", status: "True", reason: "Test", message: "" }] } },
      { subresource: "approval" },
    );
    await cluster.until("csr/decided", (object) => (object as CertificateSigningRequest).status?.certificate !== undefined);
    await cluster.advance("59m");
    expect(await cluster.client.find(certificatesigningrequests, "decided")).toBeDefined();
    await cluster.advance("2m");
    expect(await cluster.client.find(certificatesigningrequests, "decided")).toBeUndefined();
    await cluster.advance("22h");
    expect(await cluster.client.find(certificatesigningrequests, "undecided")).toBeDefined();
    await cluster.advance("1h");
    expect(await cluster.client.find(certificatesigningrequests, "undecided")).toBeUndefined();
  });

  it("takes finished jobs away, with their pods", async () => {
    const cluster = await start({ nodes: 1 });
    await cluster.client.create<Job>(jobs, {
      metadata: { name: "once" },
      spec: {
        ttlSecondsAfterFinished: 600,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }] } },
      },
    });
    await cluster.until("job/once", "complete");
    await cluster.advance("599s");
    expect(await cluster.client.find(jobs, "once")).toBeDefined();
    await cluster.advance("30s");
    expect(await cluster.client.find(jobs, "once")).toBeUndefined();
    expect((await cluster.client.list(pods)).items).toEqual([]);
  });

  it("stands still during an HTTPS request, but not during a watch", async () => {
    const cluster = await start({ controllers: "none" });
    const config = new KubeConfig();
    config.loadFromString((await cluster.serve()).kubeConfig);
    const tenMinutes = 600_000;
    const began = cluster.now.getTime();

    const seen: string[] = [];
    const watched = new Promise<void>((resolve) => {
      const follow = (type: string, object: { metadata: { name: string } }) => {
        seen.push(`${type} ${object.metadata.name}`);
        if (object.metadata.name === "asked") resolve();
      };
      void new Watch(config).watch("/api/v1/namespaces/default/configmaps", {}, follow, () => undefined);
    });
    await expect.poll(() => cluster.requests.some(({ path }) => path.includes("watch=true"))).toBe(true);
    await cluster.advance("10m");
    expect(cluster.now.getTime() - began).toBe(tenMinutes);

    let answer: (allowed: boolean) => void = () => undefined;
    const asked = new Promise<void>((told) => {
      void cluster.admissionWebhook("default/slow", () => {
        told();
        return new Promise<boolean>((resolve) => {
          answer = resolve;
        });
      });
    });
    await cluster.apply({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "slow" },
      webhooks: [
        {
          name: "slow.example.com",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { service: { namespace: "default", name: "slow" } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
        },
      ],
    } as never);
    const creation = config
      .makeApiClient(CoreV1Api)
      .createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "asked" } } });
    await asked;
    let over = false;
    const advancing = cluster.advance("10m").then(() => {
      over = true;
    });
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([over, cluster.now.getTime() - began]).toEqual([false, tenMinutes]);
    answer(true);
    await Promise.all([advancing, creation, watched]);
    expect(cluster.now.getTime() - began).toBe(2 * tenMinutes);
    expect((await cluster.client.get(configmaps, "asked")).metadata.creationTimestamp).toBe("2026-01-01T00:10:00Z");
    expect(seen.at(-1)).toBe("ADDED asked");
  });
});
