import {
  Count,
  counts,
  defaultBounds,
  exponentialBounds,
  HistogramTally,
  histograms,
  type NamedSamples,
  observations,
  Tallies,
} from "../../machinery/metrics.ts";
import type { AuthorizationModule, Decision } from "../authorization/authorizer.ts";

import type { FilterMetrics } from "./filter-metrics.ts";

const conditionBounds = [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25];
const webhookType = "Webhook";

/** Counts what authorizers decide, under upstream's names. */
export class AuthorizationMetrics {
  readonly #filters: FilterMetrics;
  readonly #attempts = new Tallies(["result"], () => new HistogramTally(exponentialBounds(0.001, 2, 15)));
  readonly #allowed = this.#attempts.of("allowed");
  readonly #decisions = new Tallies(["type", "name", "decision"], () => new Count());
  readonly #calls = new Tallies(["name", "result"], () => new HistogramTally(defaultBounds));
  readonly #failedOpen = new Tallies(["name", "result"], () => new Count());
  readonly #conditions = new Tallies(["name", "type"], () => new HistogramTally(conditionBounds));
  readonly #conditionErrors = new Tallies(["name", "type"], () => new Count());
  readonly #exclusions = new Tallies(["name", "type"], () => new Count());
  readonly #reloads = new Tallies(["status"], () => new Count());
  readonly #reloadTimes = new Tallies(["status"], () => new Count());

  /** Tells the configuration that counts from others; absent where there is none. */
  configurationHash: string | undefined;

  constructor(filters: FilterMetrics) {
    this.#filters = filters;
  }

  /** It was decided about a request. */
  decided({ effect, error }: Decision, seconds: number): void {
    this.#filters.authorization.observe(seconds);
    if (effect === "allow") this.#allowed.observe(seconds);
    else this.#attempts.of(error !== undefined ? "error" : effect === "deny" ? "denied" : "no-opinion").observe(seconds);
  }

  /** The module, whose decisions are counted. */
  counted(type: string, name: string, module: AuthorizationModule): AuthorizationModule {
    let allowed: Count | undefined;
    const count = (decision: Decision): Decision => {
      if (decision.effect === "allow") {
        allowed ??= this.#decisions.of(type, name, "allowed");
        allowed.value++;
      } else if (decision.effect === "deny") this.#decisions.of(type, name, "denied").value++;
      return decision;
    };
    return {
      name: module.name,
      authorize(user, attributes) {
        const decision = module.authorize(user, attributes);
        return decision instanceof Promise ? decision.then(count) : count(decision);
      },
      rulesFor: (user, namespace) => module.rulesFor(user, namespace),
    };
  }

  /** A webhook was asked; `failedOpen`: it could not be, and others decide. */
  asked(name: string, result: "error" | "success" | "timeout", failedOpen: boolean, seconds: number): void {
    this.#calls.of(name, result).observe(seconds);
    if (failedOpen) this.#failedOpen.of(name, result).value++;
  }

  /** Conditions of a webhook were looked at. */
  conditions(name: string, outcome: boolean | "error", seconds: number): void {
    this.#conditions.of(name, webhookType).observe(seconds);
    if (outcome === "error") this.#conditionErrors.of(name, webhookType).value++;
    if (outcome === false) this.#exclusions.of(name, webhookType).value++;
  }

  /** The configuration has changed, and was taken or not. */
  reloaded(isTaken: boolean, atSeconds: number): void {
    const status = isTaken ? "success" : "failure";
    this.#reloads.of(status).value++;
    this.#reloadTimes.of(status).value = atSeconds;
  }

  families(): NamedSamples[] {
    const prefix = "apiserver_authorization_";
    const { configurationHash: hash } = this;
    return [
      observations("authorization_attempts_total", this.#attempts),
      histograms("authorization_duration_seconds", this.#attempts),
      counts(`${prefix}decisions_total`, this.#decisions),
      histograms(`${prefix}webhook_duration_seconds`, this.#calls),
      observations(`${prefix}webhook_evaluations_total`, this.#calls),
      counts(`${prefix}webhook_evaluations_fail_open_total`, this.#failedOpen),
      histograms(`${prefix}match_condition_evaluation_seconds`, this.#conditions),
      counts(`${prefix}match_condition_evaluation_errors_total`, this.#conditionErrors),
      counts(`${prefix}match_condition_exclusions_total`, this.#exclusions),
      counts(`${prefix}config_controller_automatic_reloads_total`, this.#reloads),
      counts(`${prefix}config_controller_automatic_reload_last_timestamp_seconds`, this.#reloadTimes),
      {
        name: `${prefix}config_controller_last_config_info`,
        samples: () => (hash === undefined ? [] : [{ labels: { hash }, value: 1 }]),
      },
    ];
  }
}
