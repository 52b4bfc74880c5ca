import type { EvaluationTimer } from "../../../machinery/cel/library/functions.ts";
import { badRequest, forbidden, internalError, StatusError } from "../../../machinery/errors.ts";
import type { Status } from "../../../machinery/meta/v1.ts";
import { uuid } from "../../../machinery/random.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { ServedResource } from "../../catalog.ts";
import type { ServerContext } from "../../context.ts";
import type { AdmissionMetrics, AdmissionStep, WebhookOutcome, WebhookStep } from "../../metrics/admission-metrics.ts";
import { DecodeFailure } from "../../webhook-answer.ts";
import { AnswerError, type WebhookClient } from "../../webhook-client.ts";
import { ExpressionAuthorizer } from "./expression-authorizer.ts";
import type { Hook } from "./hook.ts";
import { requestVariables } from "./request-variables.ts";
import { type ReviewAnswer, type ReviewedObjects, readAnswer, reviewOf } from "./review.ts";
import { convertedObjects } from "./reviewed-objects.ts";

/** What webhook plug-ins need of the server. */
export type WebhookDeps = Pick<ServerContext, "catalog" | "objects" | "types" | "authorizer" | "clock" | "random" | "logger"> & {
  readonly client: WebhookClient;
  readonly metrics: AdmissionMetrics;
  readonly timer: EvaluationTimer;
};

/** A webhook could not be asked, or its answer is none. Its failure policy says what comes of it. */
export class CallFailure extends Error {
  /** The status of what came back, or one that stands for why nothing did. */
  readonly code: number;

  constructor(hook: Hook, code: number, why: string) {
    super(`failed calling webhook ${JSON.stringify(hook.name)}: ${why}`);
    this.code = code;
  }
}

const unavailable = 503;

const userAgent = "kube-apiserver-admission";

/** Counts what comes of asking one webhook, and of using its answer. Gives and throws what `call` does. */
export async function counted<T>(
  deps: WebhookDeps,
  hook: Hook,
  { operation }: AdmissionAttributes,
  type: WebhookStep,
  call: () => Promise<T>,
): Promise<T> {
  const { clock, metrics } = deps;
  const began = clock.now();
  const count = (outcome: WebhookOutcome) => metrics.called(hook.name, operation, type, outcome, (clock.now() - began) / 1000);
  try {
    const result = await call();
    count({ rejected: false, code: 200 });
    return result;
  } catch (error) {
    if (error instanceof CallFailure) count({ rejected: !hook.ignoresFailures, code: error.code, why: "calling_webhook_error" });
    else if (error instanceof Refusal) count({ rejected: true, code: error.code, why: "no_error" });
    else count({ rejected: true, code: 0, why: "apiserver_internal_error" });
    throw error;
  }
}

/** A webhook said no. */
class Refusal extends StatusError {}

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
    throw new CallFailure(
      hook,
      400,
      "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)",
    );
  }
  const uid = uuid(deps.random);
  const body = reviewOf(attributes, objects, version, uid);
  let response: Record<string, unknown>;
  try {
    response = await deps.client.post({ target: hook.target, body, timeoutSeconds: hook.timeoutSeconds, userAgent });
  } catch (error) {
    const code = error instanceof AnswerError ? error.status : unavailable;
    throw new CallFailure(hook, code, `failed to call webhook: ${(error as Error).message}`);
  }
  let answer: ReviewAnswer;
  try {
    answer = readAnswer(response, version, uid, mutating);
  } catch (error) {
    const what = error instanceof DecodeFailure ? "failed to call webhook" : "received invalid webhook response";
    throw new CallFailure(hook, unavailable, `${what}: ${(error as Error).message}`);
  }
  for (const warning of answer.warnings) if (warning !== "") attributes.warn(warning);
  for (const [key, value] of Object.entries(answer.auditAnnotations)) attributes.annotations?.add(`${hook.name}/${key}`, value);
  if (!answer.allowed) throw refusal(hook, answer.status);
  return answer;
}

/** The error of a webhook that says no, from the status that it gives. */
function refusal({ name }: Hook, given: Partial<Status> = {}): Refusal {
  const { message = "", reason = "", code = 0, details } = given;
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const text = message || reason ? `${denied}: ${message || reason}` : `${denied} without explanation`;
  const error = new Refusal(Math.max(code, 400), reason, text, details);
  if (given.status && given.status !== "Success") error.status.status = given.status;
  return error;
}

/** Throws what a request gets for a webhook that failed, unless its failures are to be ignored: then that is noted. */
export function settleFailure(
  { logger, metrics }: WebhookDeps,
  hook: Hook,
  type: WebhookStep,
  error: unknown,
  noteIgnored: () => void,
): void {
  if (!(error instanceof CallFailure)) throw error;
  const { name: webhook, configuration } = hook;
  if (!hook.ignoresFailures) throw internalError(error.message);
  noteIgnored();
  metrics.failedOpen(webhook, type);
  logger.warn("a webhook failed and is ignored, as its failure policy says", { webhook, configuration, error: error.message });
}

/** Whether the webhook's conditions leave it out. Throws the refusal of a request of which that can't be told, as its failure policy says. */
export async function isLeftOut(
  { authorizer, clock, metrics }: WebhookDeps,
  hook: Hook,
  attributes: AdmissionAttributes,
  resource: ServedResource,
  step: AdmissionStep,
): Promise<boolean> {
  if (hook.matchConditions.isEmpty) return false;
  const reviewed = await convertedObjects(attributes, resource);
  const began = clock.now();
  const result = await ExpressionAuthorizer.evaluate(authorizer, (expressions) =>
    hook.matchConditions.evaluate(requestVariables(attributes, reviewed, expressions)),
  );
  const outcome = typeof result === "boolean" ? result : "error";
  metrics.conditions({ kind: "webhook", name: hook.name }, attributes.operation, step, outcome, (clock.now() - began) / 1000);
  if (typeof result === "boolean") return !result;
  if (!hook.ignoresFailures) throw forbidden(attributes.resource.definition, attributes.name, result.error);
  return true;
}
