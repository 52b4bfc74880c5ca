import type { Secret } from "../../api/core/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { TokenAuthenticator, TokenOwner } from "./token-authenticator.ts";

const namespace = "kube-system";
const secretType = "bootstrap.kubernetes.io/token";
const defaultGroup = "system:bootstrappers";

/** Tokens `ID.SECRET` of Secrets in kube-system, by which nodes join: `--enable-bootstrap-token-auth`. */
export function bootstrapTokens({ objects, clock }: { objects: ObjectReader; clock: Clock }): TokenAuthenticator {
  return {
    authenticate(token): TokenOwner | undefined {
      const [, id = "", secretPart = ""] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? [];
      if (id === "") return undefined;
      const secret = objects.get("secrets", namespace, `bootstrap-token-${id}`)?.value as Secret | undefined;
      if (!secret || secret.metadata.deletionTimestamp || secret.type !== secretType) return undefined;
      const data = (key: string) => atob(secret.data?.[key] ?? "");
      if (!isSame(data("token-secret"), secretPart) || data("token-id") !== id) return undefined;
      if (isExpired(data("expiration"), clock.now()) || data("usage-bootstrap-authentication") !== "true") return undefined;
      const groups = groupsOf(data("auth-extra-groups"));
      return groups && { identity: { name: `system:bootstrap:${id}`, groups } };
    },
  };
}

/** Takes as long for every text of the length. */
export function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at % Math.max(1, other.length));
  return difference === 0;
}

/** A time that can't be read is one that has passed. */
function isExpired(expiration: string, now: number): boolean {
  if (expiration === "") return false;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(expiration);
  return !isTime || !(Date.parse(expiration) > now);
}

/** Undefined where a group is none that such a token may have. */
function groupsOf(extra: string): string[] | undefined {
  const groups = extra === "" ? [] : extra.split(",");
  if (!groups.every((group) => /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/.test(group))) return undefined;
  return [...new Set([defaultGroup, ...groups])].sort();
}
