import { create, type Request, type Step } from "../../sequences.ts";
import { type Behaviour, hookPath } from "../../webhook-server.ts";

export const group = "/apis/admissionregistration.k8s.io/v1";
export const mutating = `${group}/mutatingwebhookconfigurations`;
export const validating = `${group}/validatingwebhookconfigurations`;
export const configMaps = "/api/v1/namespaces/{ns}/configmaps";
export const pods = "/api/v1/namespaces/{ns}/pods";
export const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";

export const inOrder: Step = { calls: "in order" };
export const inAnyOrder: Step = { calls: "in any order" };

export const configurations = { apiGroups: ["admissionregistration.k8s.io"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] };
export const rule = (resources: string[], operations: string[] = ["*"], more: object = {}) => ({
  apiGroups: ["*"],
  apiVersions: ["*"],
  operations,
  resources,
  ...more,
});

export interface Hook {
  name: string;
  does?: Behaviour;
  rules?: object[];
  more?: object;
}

export const here = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };

function hookOf({ name, does = {}, rules = [rule(["configmaps"])], more = {} }: Hook): object {
  return {
    name: `${name}.example.com`,
    clientConfig: { url: `{hook}${hookPath(name, does)}`, caBundle: "{ca}" },
    rules,
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    namespaceSelector: here,
    ...more,
  };
}

export const configuration = (kind: string, hooks: Hook[], name = "c-{u}") => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
  metadata: { name },
  webhooks: hooks.map(hookOf),
});

/** The configuration itself is compared elsewhere. */
export const quietly = { pick: () => "" };
export const mutates = (hooks: Hook[], name?: string): Request =>
  create(mutating, configuration("MutatingWebhookConfiguration", hooks, name), quietly);
export const validates = (hooks: Hook[], name?: string): Request =>
  create(validating, configuration("ValidatingWebhookConfiguration", hooks, name), quietly);
export const validatesTold = (hooks: Hook[]): Request => create(validating, configuration("ValidatingWebhookConfiguration", hooks));

export const configMap = (name: string, more: object = {}) => ({ metadata: { name, ...more }, data: { a: "1" } });
export const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: "main", image: "nginx:1" }] } });
export const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "main", image: "nginx:1" }] } };
export const deployment = (name: string) => ({
  metadata: { name },
  spec: { replicas: 1, selector: { matchLabels: { app: "a" } }, template },
});
