import { isPodTerminal } from "../../api/core/pod-status.ts";
import { tolerates } from "../../api/core/taints.ts";
import type { Node, Pod, Taint, Toleration } from "../../api/core/v1.ts";
import { nodes as nodesRef, pods as podsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { timestamp } from "../../machinery/clock.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { deepEqual, keyOf, nameOf, namespaceOf, splitKey, uidOf } from "../../machinery/object.ts";
import { podsByNode } from "./pods-by-node.ts";

/** What waits for a pod: since when, until when. */
interface Waiting {
  uid: string;
  since: number;
  until: number;
}

/** Deletes pods that don't tolerate their node's NoExecute taints, or no longer. */
export function startTaintEviction(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const { client, clock, random, logger } = deps;
  const nodes = deps.informers.informer(nodesRef);
  const pods = podsByNode(deps.informers);
  const waiting = new Map<string, Waiting>();
  const recorder = createEventRecorder({ client, clock, random, component: "taint-eviction-controller", logger });
  const tell = (pod: Pod, message: string) => {
    const reference = { apiVersion: "v1", kind: "Pod", name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod) };
    recorder.event(reference, "Normal", "TaintManagerEviction", message);
  };
  const cancel = (key: string, pod: Pod) => {
    if (waiting.delete(key)) tell(pod, `Cancelling deletion of Pod ${key}`);
  };

  const controller = startController({
    name: "taint-eviction-controller",
    deps,
    informers: [nodes, pods.informer],
    workers: 8,
    setup(queue, on) {
      const follow = (pod: Pod) => {
        if (pod.spec?.nodeName) queue.add(keyOf(pod));
      };
      on(pods.informer, {
        add: follow,
        update(pod, old) {
          if (pod.spec?.nodeName !== old.spec?.nodeName || !deepEqual(pod.spec?.tolerations, old.spec?.tolerations)) follow(pod);
        },
        delete: (pod) => void waiting.delete(keyOf(pod)),
      });
      const followNode = (node: Node) => {
        for (const pod of pods.on(nameOf(node))) queue.add(keyOf(pod));
      };
      on(nodes, {
        add: followNode,
        update(node, old) {
          if (!deepEqual(evictingTaints(node), evictingTaints(old))) followNode(node);
        },
      });
    },
    async sync(key, queue) {
      const pod = pods.informer.get(key);
      const node = pod?.spec?.nodeName ? nodes.get(pod.spec.nodeName) : undefined;
      if (!pod || pod.metadata.deletionTimestamp) {
        waiting.delete(key);
        return;
      }
      const stay = node ? stayMilliseconds(evictingTaints(node), pod.spec?.tolerations) : Number.POSITIVE_INFINITY;
      if (stay === Number.POSITIVE_INFINITY) {
        cancel(key, pod);
        return;
      }
      const now = clock.now();
      const before = waiting.get(key);
      if (stay > 0) {
        const known = before?.uid === uidOf(pod) ? before : undefined;
        const since = known?.since ?? now;
        const until = known ? Math.min(known.until, since + stay) : since + stay;
        waiting.set(key, { uid: uidOf(pod), since, until });
        if (until > now) {
          queue.addAfter(key, until - now);
          return;
        }
      }
      await evict(pod);
      waiting.delete(key);
    },
  });

  async function evict(pod: Pod): Promise<void> {
    const { namespace, name } = splitKey(keyOf(pod));
    tell(pod, `Marking for deletion Pod ${namespace}/${name}`);
    try {
      if (!isPodTerminal(pod)) {
        const condition = {
          type: "DisruptionTarget",
          status: "True",
          reason: "DeletionByTaintManager",
          message: "Taint manager: deleting due to NoExecute taint",
          lastTransitionTime: timestamp(clock),
        };
        const body = { metadata: { uid: uidOf(pod) }, status: { conditions: [condition] } };
        const patch = { type: "application/strategic-merge-patch+json", body } as const;
        await client.patch(podsRef, name, patch, { namespace, subresource: "status" });
      }
      await client.delete(podsRef, name, { namespace, preconditions: { uid: uidOf(pod) } });
    } catch (error) {
      // Gone already, or another pod of that name has come.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  return {
    async stop() {
      await controller.stop();
      await recorder.stop();
    },
  };
}

function evictingTaints(node: Node): Taint[] {
  return (node.spec?.taints ?? []).filter((taint) => taint.effect === "NoExecute");
}

/** How long a pod may stay on a node with these taints; infinity when for ever. */
function stayMilliseconds(taints: readonly Taint[], tolerations: readonly Toleration[] | undefined): number {
  let seconds = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const toleration = tolerations?.find((candidate) => tolerates(candidate, taint));
    if (!toleration) return 0;
    const { tolerationSeconds } = toleration;
    if (tolerationSeconds !== undefined) seconds = Math.min(seconds, Math.max(0, Number(tolerationSeconds)));
  }
  return seconds * 1000;
}
