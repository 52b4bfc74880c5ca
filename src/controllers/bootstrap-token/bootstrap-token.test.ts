import { expect, it } from "vitest";
import { startSecretTokens } from "../serviceaccount/secret-tokens.ts";
import { ServerHarness } from "../testing/server-harness.ts";
import { startBootstrapSigner } from "./bootstrap-signer.ts";
import { startTokenCleaner } from "./token-cleaner.ts";

const secret = (id: string, more: Record<string, string> = {}) => ({
  metadata: { name: `bootstrap-token-${id}` },
  type: "bootstrap.kubernetes.io/token",
  stringData: { "token-id": id, "token-secret": "0123456789abcdef", ...more },
});

async function withNamespaces(...starts: Parameters<typeof ServerHarness.started>): Promise<ServerHarness> {
  const harness = await ServerHarness.started(...starts);
  for (const name of ["kube-system", "kube-public"]) await harness.server.post("/api/v1/namespaces", { metadata: { name } });
  return harness;
}

it("deletes bootstrap tokens at their end", async () => {
  const harness = await withNamespaces(startTokenCleaner);
  const path = "/api/v1/namespaces/kube-system/secrets";
  await harness.server.post(path, secret("aaaaaa", { expiration: "2026-01-01T01:00:00Z" }));
  await harness.server.post(path, secret("bbbbbb"));
  await harness.rest();
  expect((await harness.server.get(`${path}/bootstrap-token-aaaaaa`)).status).toBe(200);
  await harness.rest(3_600_000);
  expect((await harness.server.get(`${path}/bootstrap-token-aaaaaa`)).status).toBe(404);
  expect((await harness.server.get(`${path}/bootstrap-token-bbbbbb`)).status).toBe(200);
});

it("signs what is known of the cluster with the tokens that are for it", async () => {
  const harness = await withNamespaces(startBootstrapSigner);
  const maps = "/api/v1/namespaces/kube-public/configmaps";
  await harness.server.post(maps, { metadata: { name: "cluster-info" }, data: { kubeconfig: "content", "jws-kubeconfig-zzzzzz": "old" } });
  await harness.server.post("/api/v1/namespaces/kube-system/secrets", secret("aaaaaa", { "usage-bootstrap-signing": "true" }));
  await harness.server.post("/api/v1/namespaces/kube-system/secrets", secret("bbbbbb"));
  await expect
    .poll(async () => {
      await harness.rest();
      const { data } = (await harness.server.get(`${maps}/cluster-info`)).body as unknown as { data: object };
      return Object.keys(data).sort();
    })
    .toEqual(["jws-kubeconfig-aaaaaa", "kubeconfig"]);
});

it("fills the Secrets of service accounts, and deletes them with their account", async () => {
  const certificateAuthority = "the authority";
  const signToken = async (claims: object) => `signed ${(claims as { sub: string }).sub}`;
  const harness = await withNamespaces((deps) => startSecretTokens({ ...deps, certificateAuthority, signToken }));
  const path = "/api/v1/namespaces/default/secrets";
  await harness.server.post("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "robot" } });
  await harness.server.post(path, {
    metadata: { name: "s", annotations: { "kubernetes.io/service-account.name": "robot" } },
    type: "kubernetes.io/service-account-token",
  });
  await harness.rest();
  expect((await harness.server.get(`${path}/s`)).body).toMatchObject({
    data: {
      "ca.crt": btoa(certificateAuthority),
      namespace: btoa("default"),
      token: btoa("signed system:serviceaccount:default:robot"),
    },
  });
  await harness.server.delete("/api/v1/namespaces/default/serviceaccounts/robot");
  await harness.rest();
  expect((await harness.server.get(`${path}/s`)).status).toBe(404);
});
