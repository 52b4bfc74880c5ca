import type { Secret } from "../../api/core/v1.ts";
import { secrets } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { nameOf, namespaceOf } from "../../machinery/object.ts";
import { bootstrapNamespace, bootstrapSecretType, endOf } from "./bootstrap-secret.ts";

/** Deletes bootstrap tokens when their time is over. */
export function startTokenCleaner(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const tokens = deps.informers.informer(secrets, { fieldSelector: `type=${bootstrapSecretType}` });
  return startController({
    name: "token-cleaner",
    deps,
    informers: [tokens],
    setup(queue, on) {
      const enqueue = (secret: Secret) => {
        if (namespaceOf(secret) === bootstrapNamespace) queue.add(nameOf(secret));
      };
      on(tokens, { add: enqueue, update: enqueue });
    },
    async sync(name, queue) {
      const secret = tokens.get(`${bootstrapNamespace}/${name}`);
      const end = secret && endOf(secret);
      if (!secret || end === undefined) return;
      const left = end - deps.clock.now();
      if (left > 0) return queue.addAfter(name, left);
      const { uid = "" } = secret.metadata;
      await deps.client.delete(secrets, name, { namespace: bootstrapNamespace, preconditions: { uid } }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    },
  });
}
