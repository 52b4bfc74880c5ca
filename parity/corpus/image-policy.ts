import { create, get, patch, type Sequence } from "../sequences.ts";

/** Both servers run with these, from the root of the repository: their webhook is gone. */
export const flags = { enable: "ImagePolicyWebhook", configuration: "image-policy/configuration.yaml" };

const pods = "/api/v1/namespaces/{ns}/pods";
const pod = (metadata: object) => ({ metadata, spec: { containers: [{ name: "c", image: "i" }] } });

const sequences: Sequence[] = [
  {
    name: "pods are refused where images can't be reviewed",
    steps: [
      create(pods, pod({ name: "p" })),
      create(`${pods}?dryRun=All`, pod({ name: "p", annotations: { "a.image-policy.k8s.io/b": "c" } })),
      create(pods, { metadata: { name: "p" }, spec: { containers: [] } }),
      get(`${pods}/p`),
      patch("merge", `${pods}/p`, { metadata: { labels: { a: "b" } } }),
    ],
  },
  {
    name: "what makes pods isn't looked at",
    steps: [
      create("/apis/apps/v1/namespaces/{ns}/replicasets", {
        metadata: { name: "r" },
        spec: { selector: { matchLabels: { a: "b" } }, template: { ...pod({ labels: { a: "b" } }) } },
      }),
    ],
  },
];

export default sequences;
