import type { Authorize } from "../../../machinery/cel/library/authorizer.ts";
import { serviceAccountGroups, serviceAccountUser } from "../../authentication/service-account-tokens.ts";
import type { AuthorizationAttributes, Authorizer } from "../../authorization/authorizer.ts";
import type { Identity } from "../../request.ts";

const noResource = { group: "", resource: "", subresource: "", namespace: "", name: "" };

/** Answers what expressions ask about the permissions of a user. */
export function authorizeFor(authorizer: Authorizer, user: Identity): Authorize {
  return ({ serviceAccount, ...query }) => {
    const asked: AuthorizationAttributes =
      "path" in query
        ? { isResourceRequest: false, ...noResource, verb: query.verb, path: query.path }
        : { isResourceRequest: true, version: "*", path: "", ...query };
    const who = serviceAccount ? accountOf(serviceAccount) : user;
    const { effect, reason } = authorizer.decide(who, asked);
    return { allowed: effect === "allow", reason };
  };
}

function accountOf({ namespace, name }: { namespace: string; name: string }): Identity {
  return { name: serviceAccountUser(namespace, name), groups: serviceAccountGroups(namespace) };
}
