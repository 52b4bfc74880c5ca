import type { Secret } from "../../api/core/v1.ts";
import { secrets, serviceaccounts } from "../../api/refs.ts";
import { type LegacyClaims, legacyIssuer } from "../../apiserver/authentication/legacy-tokens.ts";
import { serviceAccountUser } from "../../apiserver/authentication/service-account-tokens.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { keyOf, nameOf, namespaceOf } from "../../machinery/object.ts";

const secretType = "kubernetes.io/service-account-token";
const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";

export interface SecretTokensDeps extends ComponentDeps {
  informers: InformerFactory;
  /** PEM, for `ca.crt`. */
  certificateAuthority: string;
  signToken(claims: object): Promise<string>;
}

/** Fills Secrets of the type for service-account tokens, and deletes those whose account is gone. */
export function startSecretTokens(deps: SecretTokensDeps): Component {
  const tokens = deps.informers.informer(secrets, { fieldSelector: `type=${secretType}` });
  const accounts = deps.informers.informer(serviceaccounts);
  const filled = async (secret: Secret, accountName: string, accountUid: string): Promise<Secret | undefined> => {
    const namespace = namespaceOf(secret);
    const { data = {}, metadata } = secret;
    const missing: Record<string, string> = {};
    if (!data.token) {
      const at = "kubernetes.io/serviceaccount";
      const claims: LegacyClaims = {
        iss: legacyIssuer,
        sub: serviceAccountUser(namespace, accountName),
        [`${at}/namespace`]: namespace,
        [`${at}/secret.name`]: nameOf(secret),
        [`${at}/service-account.name`]: accountName,
        [`${at}/service-account.uid`]: accountUid,
      };
      missing.token = btoa(await deps.signToken(claims));
    }
    if (data["ca.crt"] !== btoa(deps.certificateAuthority)) missing["ca.crt"] = btoa(deps.certificateAuthority);
    if (data.namespace !== btoa(namespace)) missing.namespace = btoa(namespace);
    const isMarked = metadata.annotations?.[uidAnnotation] === accountUid;
    if (Object.keys(missing).length === 0 && isMarked) return undefined;
    const annotations = { ...metadata.annotations, [uidAnnotation]: accountUid };
    return { ...secret, metadata: { ...metadata, annotations }, data: { ...data, ...missing } };
  };
  return startController({
    name: "serviceaccount-token",
    deps,
    informers: [tokens, accounts],
    setup(queue, on) {
      const enqueue = (secret: Secret) => queue.add(keyOf(secret));
      on(tokens, { add: enqueue, update: enqueue });
      const enqueueOf = (account: { metadata: { name?: string; namespace?: string } }) => {
        for (const secret of tokens.list()) {
          const isIts = secret.metadata.annotations?.[nameAnnotation] === account.metadata.name;
          if (isIts && namespaceOf(secret) === account.metadata.namespace) enqueue(secret);
        }
      };
      on(accounts, { add: enqueueOf, delete: enqueueOf });
    },
    async sync(key) {
      const secret = tokens.get(key);
      const accountName = secret?.metadata.annotations?.[nameAnnotation];
      if (!secret || accountName === undefined) return;
      const namespace = namespaceOf(secret);
      const account = accounts.get(`${namespace}/${accountName}`);
      const wantedUid = secret.metadata.annotations?.[uidAnnotation];
      const accountUid = account?.metadata.uid ?? "";
      if (!account || (wantedUid !== undefined && wantedUid !== accountUid)) {
        const { uid = "" } = secret.metadata;
        await deps.client.delete(secrets, nameOf(secret), { namespace, preconditions: { uid } }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
        return;
      }
      const complete = await filled(secret, accountName, accountUid);
      if (complete) await deps.client.update(secrets, complete);
    },
  });
}
