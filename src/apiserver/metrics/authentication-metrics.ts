import {
  Count,
  counts,
  exponentialBounds,
  HistogramTally,
  histograms,
  type NamedSamples,
  observations,
  single,
  Tallies,
} from "../../machinery/metrics.ts";

import type { FilterMetrics } from "./filter-metrics.ts";

const day = 24 * 3600;
const lifetimeBounds = [0, 1800, 3600, 7200, 6 * 3600, 12 * 3600, day, 2 * day, 4 * day, 7 * day, 30 * day, 90 * day, 180 * day, 360 * day];

/** Users that upstream tells apart; the others are told together. */
const knownUsers = new Set(["admin", "client", "kube_proxy", "kubelet", "system:serviceaccount:kube-system:default"]);

type Result = "error" | "failure" | "success";

/** What is counted of who asks, under upstream's names. */
export class AuthenticationMetrics {
  readonly #filters: FilterMetrics;
  readonly #users = new Tallies(["username"], () => new Count());
  readonly #attempts = new Tallies(["result"], () => new HistogramTally(exponentialBounds(0.001, 2, 15)));
  readonly #success = this.#attempts.of("success");
  readonly #lifetimes = new HistogramTally(lifetimeBounds);
  /** Uses of tokens of service accounts. */
  readonly tokens = { valid: 0, stale: 0, legacy: 0, auto: 0, manual: 0, invalidated: 0 };

  constructor(filters: FilterMetrics) {
    this.#filters = filters;
  }

  succeeded(user: string, seconds: number): void {
    this.#filters.authentication.observe(seconds);
    this.#success.observe(seconds);
    this.#users.of(knownUsers.has(user) ? user : user.includes("@") ? "email_id" : "other").value++;
  }

  /** `failure`: there were no credentials; `error`: they were no good. */
  refused(result: Exclude<Result, "success">, seconds: number): void {
    this.#filters.authentication.observe(seconds);
    this.#attempts.of(result).observe(seconds);
  }

  /** A certificate showed who asks, which counts for so long. */
  certificateUsed(secondsLeft: number): void {
    this.#lifetimes.observe(secondsLeft);
  }

  families(): NamedSamples[] {
    const { tokens } = this;
    return [
      counts("authenticated_user_requests", this.#users),
      observations("authentication_attempts", this.#attempts),
      histograms("authentication_duration_seconds", this.#attempts),
      { name: "apiserver_client_certificate_expiration_seconds", samples: () => this.#lifetimes.samples({}) },
      single("serviceaccount_valid_tokens_total", () => tokens.valid),
      single("serviceaccount_stale_tokens_total", () => tokens.stale),
      single("serviceaccount_legacy_tokens_total", () => tokens.legacy),
      single("serviceaccount_legacy_auto_token_uses_total", () => tokens.auto),
      single("serviceaccount_legacy_manual_token_uses_total", () => tokens.manual),
      single("serviceaccount_invalid_legacy_auto_token_uses_total", () => tokens.invalidated),
    ];
  }
}
