import type { ConfigMap } from "../../api/core/v1.ts";
import { configmaps, secrets } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { deepEqual, namespaceOf } from "../../machinery/object.ts";
import { bootstrapNamespace, bootstrapSecretType, dataOf, endOf } from "./bootstrap-secret.ts";

const mapNamespace = "kube-public";
const mapName = "cluster-info";
const signaturePrefix = "jws-kubeconfig-";

/** Signs the kubeconfig in `cluster-info` with each bootstrap token that is for it: who holds the token knows that it is the cluster's. */
export function startBootstrapSigner(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const tokens = deps.informers.informer(secrets, { fieldSelector: `type=${bootstrapSecretType}` });
  const maps = deps.informers.informer(configmaps, { fieldSelector: `metadata.name=${mapName}` });
  const signatures = async (content: string): Promise<Record<string, string>> => {
    const made: Record<string, string> = {};
    for (const secret of tokens.list()) {
      if (namespaceOf(secret) !== bootstrapNamespace || dataOf(secret, "usage-bootstrap-signing") !== "true") continue;
      const end = endOf(secret);
      if (end !== undefined && end <= deps.clock.now()) continue;
      const id = dataOf(secret, "token-id");
      made[`${signaturePrefix}${id}`] = await signDetached(content, id, dataOf(secret, "token-secret"));
    }
    return made;
  };
  return startController({
    name: "bootstrap-signer",
    deps,
    informers: [tokens, maps],
    setup(queue, on) {
      const enqueue = () => queue.add(mapName);
      on(tokens, { add: enqueue, update: enqueue, delete: enqueue });
      on(maps, { add: enqueue, update: enqueue });
    },
    async sync() {
      const map = maps.get(`${mapNamespace}/${mapName}`);
      const content = map?.data?.kubeconfig;
      if (!map || content === undefined) return;
      const others = Object.entries(map.data ?? {}).filter(([key]) => !key.startsWith(signaturePrefix));
      const data: ConfigMap["data"] = { ...Object.fromEntries(others), ...(await signatures(content)) };
      if (!deepEqual(data, map.data)) await deps.client.update(configmaps, { ...map, data });
    },
  });
}

/** A JSON web signature whose content is left out: `HEADER..SIGNATURE`. */
async function signDetached(content: string, id: string, secret: string): Promise<string> {
  const { CompactSign } = await import("jose");
  const encoder = new TextEncoder();
  const whole = await new CompactSign(encoder.encode(content)).setProtectedHeader({ alg: "HS256", kid: id }).sign(encoder.encode(secret));
  const [head, , signature] = whole.split(".");
  return `${head}..${signature}`;
}
