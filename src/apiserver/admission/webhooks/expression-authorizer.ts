import type { Authorize, AuthorizerQuery } from "../../../machinery/cel/library/authorizer.ts";
import { serviceAccountGroups, serviceAccountUser } from "../../authentication/service-account-tokens.ts";
import { type AuthorizationAttributes, type Authorizer, type Decision, resourceAttributes } from "../../authorization/authorizer.ts";
import { RequestSelectors } from "../../authorization/request-selectors.ts";
import type { Identity } from "../../request.ts";

/** Ends an evaluation that needs a decision which somebody outside has been asked for. */
class PendingDecision extends Error {
  readonly settled: Promise<void>;
  constructor(settled: Promise<void>) {
    super("the decision isn't there yet");
    this.settled = settled;
  }
}

/** Answers expressions, which can't wait: an evaluation that would have to starts anew when the decision is there. */
export class ExpressionAuthorizer {
  readonly #authorizer: Authorizer;
  readonly #decided = new Map<string, Decision>();

  private constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  /** Evaluates what asks it, which has no effects of its own. A promise only where somebody outside has to be asked. */
  static evaluate<T>(authorizer: Authorizer, evaluation: (expressions: ExpressionAuthorizer) => T): T | Promise<T> {
    const expressions = new ExpressionAuthorizer(authorizer);
    const attempt = (): T | Promise<T> => {
      try {
        return evaluation(expressions);
      } catch (error) {
        if (error instanceof PendingDecision) return error.settled.then(attempt);
        throw error;
      }
    };
    return attempt();
  }

  /** Answers what expressions ask about the permissions of a user. */
  authorizeFor(user: Identity): Authorize {
    return ({ serviceAccount, ...query }) => {
      const who = serviceAccount ? accountOf(serviceAccount) : user;
      const { effect, reason, error } = this.#decide(who, query);
      return { allowed: effect === "allow", reason, ...(error === undefined ? {} : { error }) };
    };
  }

  #decide(user: Identity, query: Query): Decision {
    const key = JSON.stringify([user, query]);
    const known = this.#decided.get(key);
    if (known) return known;
    const decision = this.#authorizer.decide(user, attributesOf(query));
    if (!(decision instanceof Promise)) return decision;
    throw new PendingDecision(
      decision.then((decided) => {
        this.#decided.set(key, decided);
      }),
    );
  }
}

type Query =
  | Omit<Extract<AuthorizerQuery, { path: string }>, "serviceAccount">
  | Omit<Extract<AuthorizerQuery, { group: string }>, "serviceAccount">;

function attributesOf(query: Query): AuthorizationAttributes {
  if ("path" in query) return { ...resourceAttributes(query), isResourceRequest: false };
  const { fieldSelector, labelSelector, ...known } = query;
  return resourceAttributes({ ...known, version: "*", selectors: new RequestSelectors(fieldSelector, labelSelector) });
}

function accountOf({ namespace, name }: { namespace: string; name: string }): Identity {
  return { name: serviceAccountUser(namespace, name), groups: serviceAccountGroups(namespace) };
}
