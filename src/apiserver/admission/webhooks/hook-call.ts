import { badRequest, forbidden, internalError, StatusError } from "../../../machinery/errors.ts";
import type { Status } from "../../../machinery/meta/v1.ts";
import { uuid } from "../../../machinery/random.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { ServedResource } from "../../catalog.ts";
import type { ServerContext } from "../../context.ts";
import { DecodeFailure } from "../../webhook-answer.ts";
import type { WebhookClient } from "../../webhook-client.ts";
import { ExpressionAuthorizer } from "./expression-authorizer.ts";
import type { Hook } from "./hook.ts";
import { requestVariables } from "./request-variables.ts";
import { type ReviewAnswer, type ReviewedObjects, readAnswer, reviewOf } from "./review.ts";
import { convertedObjects } from "./reviewed-objects.ts";

/** What webhook plug-ins need of the server. */
export type WebhookDeps = Pick<ServerContext, "catalog" | "objects" | "types" | "authorizer" | "clock" | "random" | "logger"> & {
  readonly client: WebhookClient;
};

/** A webhook could not be asked, or its answer is none. Its failure policy says what comes of it. */
export class CallFailure extends Error {
  constructor(hook: Hook, why: string) {
    super(`failed calling webhook ${JSON.stringify(hook.name)}: ${why}`);
  }
}

const userAgent = "kube-apiserver-admission";

/** Asks one webhook. Throws `CallFailure`, or the `StatusError` of its refusal. */
export async function callHook(
  deps: WebhookDeps,
  hook: Hook,
  attributes: AdmissionAttributes,
  objects: ReviewedObjects,
  mutating: boolean,
): Promise<ReviewAnswer> {
  if (attributes.dryRun && !hook.isHarmlessOnDryRun) {
    throw badRequest(`admission webhook ${JSON.stringify(hook.name)} does not support dry run`);
  }
  const { reviewVersion: version } = hook;
  if (version === undefined) {
    throw new CallFailure(hook, "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)");
  }
  const uid = uuid(deps.random);
  const body = reviewOf(attributes, objects, version, uid);
  let response: Record<string, unknown>;
  try {
    response = await deps.client.post({ target: hook.target, body, timeoutSeconds: hook.timeoutSeconds, userAgent });
  } catch (error) {
    throw new CallFailure(hook, `failed to call webhook: ${(error as Error).message}`);
  }
  let answer: ReviewAnswer;
  try {
    answer = readAnswer(response, version, uid, mutating);
  } catch (error) {
    const what = error instanceof DecodeFailure ? "failed to call webhook" : "received invalid webhook response";
    throw new CallFailure(hook, `${what}: ${(error as Error).message}`);
  }
  for (const warning of answer.warnings) if (warning !== "") attributes.warn(warning);
  for (const [key, value] of Object.entries(answer.auditAnnotations)) attributes.annotations?.add(`${hook.name}/${key}`, value);
  if (!answer.allowed) throw refusal(hook, answer.status);
  return answer;
}

/** The error of a webhook that says no, from the status that it gives. */
function refusal({ name }: Hook, given: Partial<Status> = {}): StatusError {
  const { message = "", reason = "", code = 0, details } = given;
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const text = message || reason ? `${denied}: ${message || reason}` : `${denied} without explanation`;
  const error = new StatusError(Math.max(code, 400), reason, text, details);
  if (given.status && given.status !== "Success") error.status.status = given.status;
  return error;
}

/** Throws what a request gets for a webhook that failed, unless its failures are to be ignored: then that is noted. */
export function settleFailure({ logger }: WebhookDeps, hook: Hook, error: unknown, noteIgnored: () => void): void {
  if (!(error instanceof CallFailure)) throw error;
  const { name: webhook, configuration } = hook;
  if (!hook.ignoresFailures) throw internalError(error.message);
  noteIgnored();
  logger.warn("a webhook failed and is ignored, as its failure policy says", { webhook, configuration, error: error.message });
}

/** Whether the webhook's conditions leave it out. Throws the refusal of a request of which that can't be told, as its failure policy says. */
export async function isLeftOut(
  { authorizer }: WebhookDeps,
  hook: Hook,
  attributes: AdmissionAttributes,
  resource: ServedResource,
): Promise<boolean> {
  if (hook.matchConditions.isEmpty) return false;
  const reviewed = await convertedObjects(attributes, resource);
  const result = await ExpressionAuthorizer.evaluate(authorizer, (expressions) =>
    hook.matchConditions.evaluate(requestVariables(attributes, reviewed, expressions)),
  );
  if (typeof result === "boolean") return !result;
  if (!hook.ignoresFailures) throw forbidden(attributes.resource.definition, attributes.name, result.error);
  return true;
}
