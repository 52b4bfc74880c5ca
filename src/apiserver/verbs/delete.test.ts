import { expect, it } from "vitest";
import { concat, envelopeHead, envelopeTail } from "../bytes.ts";
import { TestServer } from "../testing/test-server.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const contentType = "application/vnd.kubernetes.protobuf";

/** `gracePeriodSeconds: 0` and nothing else. */
const options = Uint8Array.of(0x08, 0);

it.each(["v1", "apps/v1", "meta.k8s.io/v1"])("takes options in protobuf of version %s, as client-go sends them", async (apiVersion) => {
  const test = await TestServer.started();
  await test.post(maps, { metadata: { name: "a" } });
  const body = concat([envelopeHead(apiVersion, "DeleteOptions", options.length), options, envelopeTail]);
  const response = await test.raw("DELETE", `${maps}/a`, { headers: { "content-type": contentType }, body });
  expect(response.status).toBe(200);
  expect((await test.get(`${maps}/a`)).status).toBe(404);
});

it("refuses other kinds in protobuf", async () => {
  const test = await TestServer.started();
  await test.post(maps, { metadata: { name: "a" } });
  const body = concat([envelopeHead("v1", "ConfigMap", 0), envelopeTail]);
  const answer = await test.raw("DELETE", `${maps}/a`, { headers: { "content-type": contentType }, body });
  expect(answer.status).toBe(400);
});
