import { type AuthorizationAttributes, AuthorizationError, type Authorizer } from "../authorization/authorizer.ts";
import type { ApiRequest, Identity } from "../request.ts";
import { anonymousUser, authenticatedGroup, unauthenticatedGroup } from "./authenticators.ts";
import { serviceAccountGroups, splitServiceAccountUser } from "./service-account-tokens.ts";

const extraPrefix = "impersonate-extra-";

/** The identity that a request is made under: the caller's own, or the one it asks to take on and may. */
export function impersonate(authorizer: Authorizer, request: ApiRequest, caller: Identity): Identity {
  const { headers } = request;
  const name = headers["impersonate-user"] ?? "";
  const groups = splitHeader(headers["impersonate-group"]);
  const uid = headers["impersonate-uid"] ?? "";
  const extra: Record<string, string[]> = {};
  for (const header in headers) {
    if (!header.startsWith(extraPrefix)) continue;
    extra[decodeKey(header.slice(extraPrefix.length))] = splitHeader(headers[header]);
  }
  if (name === "") {
    if (groups.length === 0 && uid === "" && Object.keys(extra).length === 0) return caller;
    throw new AuthorizationError(400, "BadRequest", `requested ${goUser(uid, groups, extra)} without impersonating a user name`);
  }
  const may = (attributes: Partial<AuthorizationAttributes>) =>
    authorizer.check(caller, {
      isResourceRequest: true,
      verb: "impersonate",
      group: "",
      resource: "",
      subresource: "",
      namespace: "",
      name: "",
      path: "",
      ...attributes,
    });
  const account = splitServiceAccountUser(name);
  if (account) may({ resource: "serviceaccounts", namespace: account.namespace, name: account.name });
  else may({ resource: "users", name });
  for (const group of groups) may({ resource: "groups", name: group });
  if (uid !== "") may({ group: "authentication.k8s.io", resource: "uids", name: uid });
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) may({ group: "authentication.k8s.io", resource: "userextras", subresource: key, name: value });
  }
  const all = groups.length === 0 && account ? serviceAccountGroups(account.namespace) : [...groups];
  if (name === anonymousUser) {
    if (!all.includes(unauthenticatedGroup)) all.push(unauthenticatedGroup);
  } else if (!all.includes(unauthenticatedGroup) && !all.includes(authenticatedGroup)) all.push(authenticatedGroup);
  return { name, groups: all, ...(uid ? { uid } : {}), ...(Object.keys(extra).length > 0 ? { extra } : {}) };
}

/** The identity as upstream's message prints it. */
function goUser(uid: string, groups: readonly string[], extra: Record<string, string[]>): string {
  const list = (values: readonly string[]) => `[]string{${values.map((value) => JSON.stringify(value)).join(", ")}}`;
  const keys = Object.keys(extra).sort();
  const extras = keys.length === 0 ? "(nil)" : `{${keys.map((key) => `${JSON.stringify(key)}:${list(extra[key] ?? [])}`).join(", ")}}`;
  const groupList = groups.length === 0 ? "[]string(nil)" : list(groups);
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${groupList}, Extra:map[string][]string${extras}}`;
}

/** Transports join the values of a header that was sent more than once by commas. */
function splitHeader(value: string | undefined): string[] {
  return value ? value.split(",").map((part) => part.trim()) : [];
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
