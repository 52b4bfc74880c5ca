import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import type { ServiceAccount } from "./v1.ts";

export const serviceaccounts = defineResource<ServiceAccount>("", "serviceaccounts", {
  updateChecks: ["metaUpdate", "meta", "kind"],
  prepareForCreate: (account) => keepSecretNames(account),
  prepareForUpdate: (account) => keepSecretNames(account),
  validate: () => [],
  row: (account, { now }) => [account.metadata.name ?? "", age(account.metadata, now)],
  returnsDeletedObject: true,
  warnings(account, old) {
    const has = (one: Readonly<ServiceAccount> | undefined) =>
      one?.metadata.annotations?.["kubernetes.io/enforce-mountable-secrets"] !== undefined;
    if (!has(account) || has(old)) return [];
    return [
      "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets",
    ];
  },
});

/** Of the references to secrets only the names count. */
function keepSecretNames(account: ServiceAccount): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
