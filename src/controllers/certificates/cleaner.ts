import type { CertificateSigningRequest } from "../../api/certificates/v1.ts";
import { certificatesigningrequests } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { nameOf } from "../../machinery/object.ts";

const hour = 3_600_000;
const decidedMilliseconds = hour;
const pendingMilliseconds = 24 * hour;

/** Deletes requests an hour after they were decided or failed, and after a day when nobody decided. */
export function startCertificateCleaner(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const requests = deps.informers.informer(certificatesigningrequests);
  return startController({
    name: "csrcleaner",
    deps,
    informers: [requests],
    setup(queue, on) {
      const enqueue = (request: CertificateSigningRequest) => queue.add(nameOf(request));
      on(requests, { add: enqueue, update: enqueue });
    },
    async sync(name, queue) {
      const request = requests.get(name);
      if (!request) return;
      const left = endOf(request) - deps.clock.now();
      if (left > 0) return queue.addAfter(name, left);
      const { uid = "" } = request.metadata;
      await deps.client.delete(certificatesigningrequests, name, { preconditions: { uid } }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    },
  });
}

/** When a request has served: in milliseconds since the epoch. */
function endOf({ metadata, status }: CertificateSigningRequest): number {
  const decided = (status?.conditions ?? []).map(({ lastUpdateTime }) => Date.parse(lastUpdateTime ?? "")).filter((time) => time > 0);
  if (decided.length > 0) return Math.min(...decided) + decidedMilliseconds;
  return Date.parse(metadata.creationTimestamp ?? "") + pendingMilliseconds;
}
