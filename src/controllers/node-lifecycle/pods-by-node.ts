import type { Pod } from "../../api/core/v1.ts";
import { pods } from "../../api/refs.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";

const index = "nodeName";

function nodeNameOf(pod: Pod): readonly string[] {
  return pod.spec?.nodeName ? [pod.spec.nodeName] : [];
}

/** The pods that are assigned to a node, from an index of the shared informer. */
export interface PodsByNode {
  readonly informer: Informer<Pod>;
  on(node: string): Pod[];
}

export function podsByNode(informers: InformerFactory): PodsByNode {
  const informer = informers.informer(pods);
  informer.addIndex(index, nodeNameOf);
  return { informer, on: (node) => informer.byIndex(index, node) };
}
