import type { NamedSamples } from "../../machinery/metrics.ts";
import type { AuthorizationModule, Decision } from "./authorizer.ts";

/** Counts what authorizers decide, under upstream's names. */
export class AuthorizationMetrics {
  readonly #decisions = new Map<string, { labels: Record<string, string>; count: number }>();
  readonly #reloads = { success: 0, failure: 0 };

  /** The module, whose decisions are counted. */
  counted(type: string, name: string, module: AuthorizationModule): AuthorizationModule {
    const count = (decision: Decision): Decision => {
      if (decision.effect !== "none") this.#count(type, name, decision.effect === "allow" ? "allowed" : "denied");
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

  /** The configuration has changed, and was taken or not. */
  reloaded(isTaken: boolean): void {
    this.#reloads[isTaken ? "success" : "failure"]++;
  }

  *families(): Generator<NamedSamples> {
    yield {
      name: "apiserver_authorization_decisions_total",
      samples: () => [...this.#decisions.values()].map(({ labels, count }) => ({ labels, value: count })),
    };
    const { success, failure } = this.#reloads;
    if (success + failure === 0) return;
    yield {
      name: "apiserver_authorization_config_controller_automatic_reloads_total",
      samples: () => [
        { labels: { status: "success" }, value: success },
        { labels: { status: "failure" }, value: failure },
      ],
    };
  }

  #count(type: string, name: string, decision: string): void {
    const key = `${type} ${name} ${decision}`;
    const known = this.#decisions.get(key);
    if (known) known.count++;
    else this.#decisions.set(key, { labels: { type, name, decision }, count: 1 });
  }
}
