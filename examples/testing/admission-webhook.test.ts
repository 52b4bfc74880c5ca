// An admission webhook under test (Vitest): images come from the company's registry, or not at all.
import { pods, type coreV1 } from "kybern/client";
import { type AdmissionRequest, startCluster } from "kybern/testing";
import { expect, it } from "vitest";

/** The webhook itself: in production it answers HTTPS requests. */
function review({ object }: AdmissionRequest): true | string {
  const { spec } = object as unknown as coreV1.Pod;
  const strange = spec?.containers.find(({ image }) => !image?.startsWith("registry.example.com/"));
  return strange ? `container ${strange.name}: images come from registry.example.com` : true;
}

const configuration = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: images }
webhooks:
  - name: images.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    clientConfig: { service: { namespace: webhooks, name: images, path: /validate } }
    namespaceSelector: { matchExpressions: [{ key: kubernetes.io/metadata.name, operator: NotIn, values: [webhooks] }] }
    rules: [{ apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE, UPDATE] }]
`;
const pod = (image: string): coreV1.Pod => ({ metadata: { generateName: "p-" }, spec: { containers: [{ name: "main", image }] } });

it("refuses images from elsewhere", async () => {
  await using cluster = await startCluster({ controllers: "none" });
  await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "webhooks" } });
  await cluster.admissionWebhook("webhooks/images", review);
  await cluster.apply(configuration);

  await cluster.client.create(pods, pod("registry.example.com/app:1"));
  await expect(cluster.client.create(pods, pod("docker.io/library/nginx"))).rejects.toThrow(
    `admission webhook "images.example.com" denied the request: container main: images come from registry.example.com`,
  );
});
