import type { Container, Pod } from "../../api/core/v1.ts";
import { ExpiringCache } from "../../machinery/expiring-cache.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import { askReview, type ReviewWebhookDeps } from "../review-webhook.ts";
import { checkReviewKind } from "../webhook-answer.ts";
import type { WebhookTarget } from "../webhook-client.ts";
import { refuse } from "./refuse.ts";

/** `imagePolicy` of the plug-in's configuration. */
export interface ImagePolicy {
  readonly target: WebhookTarget;
  /** How long answers are kept; 0: not at all. */
  readonly allowMilliseconds: number;
  readonly denyMilliseconds: number;
  /** Before the second try. */
  readonly retryMilliseconds: number;
  /** What counts when the webhook can't be asked. */
  readonly defaultAllow: boolean;
}

interface ImageReviewStatus {
  allowed?: boolean;
  reason?: string;
  auditAnnotations?: Record<string, string>;
}

const group = "imagepolicy.k8s.io";
const version = "v1alpha1";
const kind = "ImageReview";
const timeoutSeconds = 30;
const cacheSize = 1024;
const auditPrefix = "imagepolicywebhook.image-policy.k8s.io/";

/** Asks a server outside whether the images of a pod may run. */
export function imagePolicyWebhook(deps: ReviewWebhookDeps & { logger: Logger }, policy: ImagePolicy): AdmissionPlugin {
  const { target, allowMilliseconds, denyMilliseconds, retryMilliseconds, defaultAllow } = policy;
  const answers = new ExpiringCache<ImageReviewStatus>(deps.clock, cacheSize);
  const ask = async (spec: object): Promise<ImageReviewStatus> => {
    const body = { kind, apiVersion: `${group}/${version}`, metadata: {}, spec, status: { allowed: false } };
    const review = await askReview(deps, target, body, timeoutSeconds, retryMilliseconds);
    checkReviewKind(review, { group, kind, version });
    return (review.status ?? {}) as ImageReviewStatus;
  };
  const review = async (attributes: AdmissionAttributes) => {
    const spec = specOf(attributes);
    let status: ImageReviewStatus;
    try {
      status = await answers.get(
        JSON.stringify(spec),
        () => ask(spec),
        ({ allowed }) => (allowed ? allowMilliseconds : denyMilliseconds),
      );
    } catch (error) {
      const { message } = error as Error;
      deps.logger.error("the webhook that reviews images could not be asked", { error: message });
      if (!defaultAllow) throw refuse(attributes, message);
      attributes.annotations?.add(`${auditPrefix}failed-open`, "true");
      return;
    }
    const { allowed, reason, auditAnnotations = {} } = status;
    for (const [key, value] of Object.entries(auditAnnotations)) attributes.annotations?.add(auditPrefix + key, value);
    if (allowed) return;
    throw refuse(
      attributes,
      reason ? `image policy webhook backend denied one or more images: ${reason}` : "one or more images rejected by webhook backend",
    );
  };
  return {
    name: "ImagePolicyWebhook",
    resources: ["pods"],
    validate(attributes) {
      const { operation, subresource } = attributes;
      if (operation !== "CREATE" && operation !== "UPDATE") return;
      if (subresource === "" || subresource === "ephemeralcontainers") return review(attributes);
    },
  };
}

/** What the webhook is asked; what is empty isn't there. */
function specOf({ object, subresource, namespace }: AdmissionAttributes): object {
  const { metadata, spec } = object as Pod;
  const meant: readonly Pick<Container, "image">[] =
    subresource === "" ? [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])] : (spec?.ephemeralContainers ?? []);
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key]) => key.includes(".image-policy.k8s.io/"))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...(meant.length > 0 ? { containers: meant.map(({ image }) => (image ? { image } : {})) } : {}),
    ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    ...(namespace === "" ? {} : { namespace }),
  };
}
