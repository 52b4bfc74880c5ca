import type { SubjectAccessReview, SubjectAccessReviewSpec, SubjectAccessReviewStatus } from "../../api/authorization/v1.ts";
import { ExpiringCache } from "../../machinery/expiring-cache.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { AuthorizationMetrics } from "../metrics/authorization-metrics.ts";
import type { Identity } from "../request.ts";
import { askReview, type ReviewWebhook, type ReviewWebhookDeps } from "../review-webhook.ts";
import type { AccessConditions } from "./access-conditions.ts";
import type { AuthorizationAttributes, AuthorizationModule, Decision, UserRules } from "./authorizer.ts";

export interface WebhookAuthorizerOptions extends ReviewWebhook {
  name: string;
  /** 0: none is kept. */
  allowedSeconds: number;
  deniedSeconds: number;
  timeoutSeconds: number;
  /** What counts when it can't be asked. */
  onError: "none" | "deny";
  conditions: AccessConditions;
}

type WebhookAuthorizerDeps = ReviewWebhookDeps & { logger: Logger; metrics: AuthorizationMetrics };

const cacheSize = 8192;
/** Questions with more text in them, which clients choose, are not kept. */
const maxKeptText = 10_000;

/** Asks a server outside what a user may do. */
export class WebhookAuthorizer implements AuthorizationModule {
  readonly name: string;
  readonly #deps: WebhookAuthorizerDeps;
  readonly #options: WebhookAuthorizerOptions;
  readonly #answers: ExpiringCache<SubjectAccessReviewStatus>;

  constructor(deps: WebhookAuthorizerDeps, options: WebhookAuthorizerOptions) {
    this.name = options.name;
    this.#deps = deps;
    this.#options = options;
    this.#answers = new ExpiringCache(deps.clock, cacheSize);
  }

  authorize(user: Identity, attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    const { conditions, onError } = this.#options;
    const spec = specOf(user, attributes);
    const isMeant = this.#isMeant(conditions, spec);
    if (typeof isMeant === "object") return { effect: onError, reason: "", error: isMeant.error };
    if (!isMeant) return { effect: "none", reason: "" };
    return this.#decide(spec);
  }

  #isMeant(conditions: AccessConditions, spec: SubjectAccessReviewSpec): ReturnType<AccessConditions["match"]> {
    if (conditions.isEmpty) return true;
    const { clock, metrics } = this.#deps;
    const began = clock.now();
    const isMeant = conditions.match(spec);
    metrics.conditions(this.name, typeof isMeant === "object" ? "error" : isMeant, (clock.now() - began) / 1000);
    return isMeant;
  }

  rulesFor(): UserRules {
    return { rules: [], incomplete: true, error: "webhook authorizer does not support user rule resolution" };
  }

  async #decide(spec: SubjectAccessReviewSpec): Promise<Decision> {
    const { onError, allowedSeconds, deniedSeconds } = this.#options;
    const isKept = chosenText(spec) < maxKeptText;
    try {
      const status = await this.#answers.get(
        JSON.stringify(spec),
        () => this.#ask(spec),
        ({ allowed }) => (isKept ? (allowed ? allowedSeconds : deniedSeconds) * 1000 : 0),
      );
      return decisionOf(status);
    } catch (error) {
      const { message } = error as Error;
      this.#deps.logger.error("a webhook that authorizes could not be asked", { webhook: this.name, error: message });
      return { effect: onError, reason: "", error: message };
    }
  }

  async #ask(spec: SubjectAccessReviewSpec): Promise<SubjectAccessReviewStatus> {
    const { target, version, timeoutSeconds, onError } = this.#options;
    const { clock, metrics } = this.#deps;
    const body = {
      kind: "SubjectAccessReview",
      apiVersion: `authorization.k8s.io/${version}`,
      metadata: {},
      spec: version === "v1" ? spec : oldSpec(spec),
      status: { allowed: false },
    };
    const began = clock.now();
    const seconds = () => (clock.now() - began) / 1000;
    try {
      const review = (await askReview(this.#deps, target, body, timeoutSeconds)) as Partial<SubjectAccessReview>;
      metrics.asked(this.name, "success", false, seconds());
      return review.status ?? { allowed: false };
    } catch (error) {
      const isLate = (error as Error).message.endsWith("context deadline exceeded");
      metrics.asked(this.name, isLate ? "timeout" : "error", onError === "none", seconds());
      throw error;
    }
  }
}

function decisionOf({ allowed, denied, reason = "" }: SubjectAccessReviewStatus): Decision {
  if (denied && allowed) {
    return { effect: "deny", reason, error: "webhook subject access review returned both allow and deny response" };
  }
  return { effect: denied ? "deny" : allowed ? "allow" : "none", reason };
}

/** The question as a review tells it; what is empty isn't there. */
export function specOf(user: Identity, attributes: AuthorizationAttributes): SubjectAccessReviewSpec {
  const { isResourceRequest, verb, path } = attributes;
  const asked = isResourceRequest
    ? { resourceAttributes: resourcePart(attributes) }
    : { nonResourceAttributes: { ...(path === "" ? {} : { path }), ...(verb === "" ? {} : { verb }) } };
  return {
    ...asked,
    ...(user.name === "" ? {} : { user: user.name }),
    ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
    ...(user.extra ? { extra: user.extra as Record<string, string[]> } : {}),
    ...(user.uid ? { uid: user.uid } : {}),
  };
}

const labelOperators: Readonly<Record<string, string>> = {
  "=": "In",
  "==": "In",
  in: "In",
  "!=": "NotIn",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
};

function resourcePart(attributes: AuthorizationAttributes): NonNullable<SubjectAccessReviewSpec["resourceAttributes"]> {
  const { namespace, verb, group, version = "", resource, subresource, name, selectors } = attributes;
  const texts = Object.entries({ namespace, verb, group, version, resource, subresource, name }).filter(([, text]) => text !== "");
  const fields = (selectors?.fields ?? []).map(({ field: key, operator, value }) => ({
    key,
    operator: operator === "=" ? "In" : "NotIn",
    values: [value],
  }));
  const labels = (selectors?.labels ?? []).flatMap(({ key, operator, values }) => {
    const known = labelOperators[operator];
    return known === undefined ? [] : [{ key, operator: known, ...(values.length > 0 ? { values: [...values] } : {}) }];
  });
  return {
    ...Object.fromEntries(texts),
    ...(fields.length > 0 ? { fieldSelector: { requirements: fields } } : {}),
    ...(labels.length > 0 ? { labelSelector: { requirements: labels } } : {}),
  };
}

/** The older version calls groups by another name. */
function oldSpec({ groups, ...spec }: SubjectAccessReviewSpec): object {
  return { ...spec, ...(groups ? { group: groups } : {}) };
}

function chosenText({ resourceAttributes = {}, nonResourceAttributes = {} }: SubjectAccessReviewSpec): number {
  return Object.values({ ...resourceAttributes, ...nonResourceAttributes }).reduce(
    (sum: number, value) => sum + (typeof value === "string" ? value.length : 0),
    0,
  );
}
