import type { Secret } from "../../api/core/v1.ts";

export const bootstrapSecretType = "bootstrap.kubernetes.io/token";
export const bootstrapNamespace = "kube-system";

/** A value of the Secret as text; empty when there is none. */
export function dataOf({ data }: Secret, key: string): string {
  return atob(data?.[key] ?? "");
}

/** When the token ends, in milliseconds since the epoch; undefined: never. A time that can't be read has passed. */
export function endOf(secret: Secret): number | undefined {
  const expiration = dataOf(secret, "expiration");
  if (expiration === "") return undefined;
  const time = Date.parse(expiration);
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
}
