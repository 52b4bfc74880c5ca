import { type Clock, sleep } from "../machinery/clock.ts";
import { AnswerError, type WebhookClient, type WebhookTarget } from "./webhook-client.ts";

/** A server outside that answers reviews: of tokens, of access. Named by a kubeconfig. */
export interface ReviewWebhook {
  target: WebhookTarget;
  /** Of the reviews that are sent and expected. */
  version: "v1" | "v1beta1";
}

export interface ReviewWebhookDeps {
  client: WebhookClient;
  clock: Clock;
}

const tries = 5;
const usualFirstWaitMilliseconds = 500;
const factor = 1.5;
const passingStatuses = new Set([429, 500, 504]);

/** Asks until there is an answer, five times at most; what isn't going to pass is not asked again. */
export async function askReview(
  { client, clock }: ReviewWebhookDeps,
  target: WebhookTarget,
  body: object,
  timeoutSeconds: number,
  firstWaitMilliseconds = usualFirstWaitMilliseconds,
): Promise<Record<string, unknown>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.post({ target, body, timeoutSeconds, userAgent: "kube-apiserver" });
    } catch (error) {
      if (attempt === tries || !isPassing(error)) throw error;
      await sleep(clock, firstWaitMilliseconds * factor ** (attempt - 1));
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof AnswerError) return passingStatuses.has(error.status);
  return ((error as Error).cause as { code?: string } | undefined)?.code === "ECONNRESET";
}
