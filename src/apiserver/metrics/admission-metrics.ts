import { Count, counts, HistogramTally, histograms, type NamedSamples, observations, Tallies } from "../../machinery/metrics.ts";
import type { AdmissionOperation } from "../admit.ts";

const bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const webhookBounds = [...bounds, 10, 25];
const policyBounds = [5e-7, 0.001, 0.01, 0.1, 1];
const conditionBounds = [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25];

export type AdmissionStep = "admit" | "validate";
/** As the metrics of webhooks name the steps. */
export type WebhookStep = "admit" | "validating";

/** What came of a call: `code` is that of the answer, 0 where this server is to blame. */
export interface WebhookOutcome {
  rejected: boolean;
  code: number;
  why?: "no_error" | "calling_webhook_error" | "apiserver_internal_error";
}

export type PolicyError = "compile_error" | "invalid_error" | "no_error" | "out_of_budget";

/** Whose conditions they are. */
export interface Conditioned {
  kind: "policy" | "webhook";
  name: string;
}

/** What admission counts, under upstream's names. */
export class AdmissionMetrics {
  readonly #plugins = new Tallies(["name", "operation", "rejected", "type"], () => new HistogramTally(bounds));
  readonly #steps = new Tallies(["operation", "rejected", "type"], () => new HistogramTally(bounds));
  readonly #webhooks = new Tallies(["name", "operation", "rejected", "type"], () => new HistogramTally(webhookBounds));
  readonly #calls = new Tallies(["code", "name", "operation", "rejected", "type"], () => new Count());
  readonly #rejections = new Tallies(["error_type", "name", "operation", "rejection_code", "type"], () => new Count());
  readonly #failedOpen = new Tallies(["name", "type"], () => new Count());
  readonly #conditions = new Tallies(["kind", "name", "operation", "type"], () => new HistogramTally(conditionBounds));
  readonly #conditionErrors = new Tallies(["kind", "name", "operation", "type"], () => new Count());
  readonly #exclusions = new Tallies(["kind", "name", "operation", "type"], () => new Count());

  readonly #validations = new Tallies(
    ["enforcement_action", "error_type", "policy", "policy_binding"],
    () => new HistogramTally(policyBounds),
  );
  readonly #mutations = new Tallies(["error_type", "policy", "policy_binding"], () => new HistogramTally(policyBounds));

  ofPlugin(name: string, operation: AdmissionOperation, step: AdmissionStep, rejected: boolean): HistogramTally {
    return this.#plugins.of(name, operation, String(rejected), step);
  }

  ofStep(operation: AdmissionOperation, step: AdmissionStep, rejected: boolean): HistogramTally {
    return this.#steps.of(operation, String(rejected), step);
  }

  called(name: string, operation: AdmissionOperation, type: WebhookStep, { rejected, code, why }: WebhookOutcome, seconds: number): void {
    this.#webhooks.of(name, operation, String(rejected), type).observe(seconds);
    const told = String(Math.min(code, 600));
    this.#calls.of(told, name, operation, String(rejected), type).value++;
    if (rejected && why) this.#rejections.of(why, name, operation, told, type).value++;
  }

  failedOpen(name: string, type: WebhookStep): void {
    this.#failedOpen.of(name, type).value++;
  }

  /**
   * Conditions were looked at: they hold, they don't, or that can't be told. As with upstream, those that hold are not counted, and
   * policies that are left out are counted as looked at alone.
   */
  conditions(
    { kind, name }: Conditioned,
    operation: AdmissionOperation,
    step: AdmissionStep,
    outcome: boolean | "error",
    seconds: number,
  ): void {
    if (outcome === true) return;
    const isWebhook = kind === "webhook";
    const type = isWebhook && step === "validate" ? "validating" : step;
    this.#conditions.of(kind, name, operation, type).observe(seconds);
    if (outcome === "error") this.#conditionErrors.of(kind, name, operation, type).value++;
    if (outcome === false && isWebhook) this.#exclusions.of(kind, name, operation, step).value++;
  }

  /** A validation of a policy objects or fails, and the binding says that this is done about it. */
  validated(action: string, error: PolicyError, policy: string, binding: string, seconds: number): void {
    this.#validations.of(action, error, policy, binding).observe(seconds);
  }

  /** A mutation of a policy was made, or could not be. */
  mutated(error: PolicyError, policy: string, binding: string, seconds: number): void {
    this.#mutations.of(error, policy, binding).observe(seconds);
  }

  families(): NamedSamples[] {
    const prefix = "apiserver_admission_";
    return [
      histograms(`${prefix}controller_admission_duration_seconds`, this.#plugins),
      histograms(`${prefix}step_admission_duration_seconds`, this.#steps),
      histograms(`${prefix}webhook_admission_duration_seconds`, this.#webhooks),
      counts(`${prefix}webhook_request_total`, this.#calls),
      counts(`${prefix}webhook_rejection_count`, this.#rejections),
      counts(`${prefix}webhook_fail_open_count`, this.#failedOpen),
      histograms(`${prefix}match_condition_evaluation_seconds`, this.#conditions),
      counts(`${prefix}match_condition_evaluation_errors_total`, this.#conditionErrors),
      counts(`${prefix}match_condition_exclusions_total`, this.#exclusions),
      histograms("apiserver_validating_admission_policy_check_duration_seconds", this.#validations),
      observations("apiserver_validating_admission_policy_check_total", this.#validations),
      histograms("apiserver_mutating_admission_policy_check_duration_seconds", this.#mutations),
      observations("apiserver_mutating_admission_policy_check_total", this.#mutations),
    ];
  }
}
