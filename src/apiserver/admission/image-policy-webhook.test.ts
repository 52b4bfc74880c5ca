import { expect, it } from "vitest";
import type { OutgoingRequest, OutgoingResponse } from "../../machinery/platform.ts";
import { utf8 } from "../bytes.ts";
import { pod } from "../testing/pods.ts";
import { TestServer } from "../testing/test-server.ts";
import type { ImagePolicy } from "./image-policy-webhook.ts";

const pods = "/api/v1/namespaces/default/pods";
const policy: ImagePolicy = {
  target: { url: "https://images.example.com/review" },
  allowMilliseconds: 300_000,
  denyMilliseconds: 30_000,
  retryMilliseconds: 500,
  defaultAllow: false,
};

/** A server whose images are reviewed by a function. */
async function withReviewer(answer: () => object | Error, options: Partial<ImagePolicy> = {}) {
  const asked: OutgoingRequest[] = [];
  const fetch = async (request: OutgoingRequest): Promise<OutgoingResponse> => {
    asked.push(request);
    const status = answer();
    if (status instanceof Error) throw status;
    const body = utf8(JSON.stringify({ apiVersion: "imagepolicy.k8s.io/v1alpha1", kind: "ImageReview", status }));
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: (async function* () {
        yield body;
      })(),
    };
  };
  const configuration = {
    enabledAdmissionPlugins: ["ImagePolicyWebhook"],
    admissionConfiguration: { imagePolicy: { ...policy, ...options } },
  };
  return { test: await TestServer.started(configuration, undefined, { fetch }), asked };
}

const annotated = (name: string) => ({
  ...pod(name),
  metadata: { name, annotations: { "b.image-policy.k8s.io/x": "1", "other.example.com/y": "2" } },
});

it("asks about the images of a pod, with the annotations that are meant for the webhook, and keeps the answer", async () => {
  const { test, asked } = await withReviewer(() => ({ allowed: true }));
  expect((await test.post(pods, annotated("a"))).status).toBe(201);
  expect((await test.post(pods, annotated("b"))).status).toBe(201);
  expect(asked.map(({ url }) => url)).toEqual(["https://images.example.com/review?timeout=30s"]);
  expect(JSON.parse(asked[0]?.body as string)).toEqual({
    kind: "ImageReview",
    apiVersion: "imagepolicy.k8s.io/v1alpha1",
    metadata: {},
    spec: {
      containers: [{ image: "nginx:1" }],
      annotations: { "b.image-policy.k8s.io/x": "1" },
      namespace: "default",
    },
    status: { allowed: false },
  });
});

it("refuses what the webhook denies, with its reason, until the answer is forgotten", async () => {
  let status: object = { allowed: false, reason: "unsigned" };
  const { test, asked } = await withReviewer(() => status);
  const refused = (await test.post(pods, pod("a"))).body;
  expect(refused).toMatchObject({ code: 403, reason: "Forbidden" });
  expect(refused.message).toBe('pods "a" is forbidden: image policy webhook backend denied one or more images: unsigned');
  status = {};
  expect((await test.post(pods, pod("a"))).body.message).toBe(refused.message);
  await test.clock.advance(30_001);
  expect((await test.post(pods, pod("a"))).body.message).toBe('pods "a" is forbidden: one or more images rejected by webhook backend');
  expect(asked).toHaveLength(2);
});

it("goes by the configuration where the webhook can't be asked", async () => {
  const closed = await withReviewer(() => new Error("gone"));
  expect((await closed.test.post(pods, pod("a"))).body.message).toBe(
    'pods "a" is forbidden: Post "https://images.example.com/review?timeout=30s": gone',
  );
  const open = await withReviewer(() => new Error("gone"), { defaultAllow: true });
  expect((await open.test.post(pods, pod("a"))).status).toBe(201);
});
