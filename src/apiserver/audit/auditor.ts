import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { NamedSamples } from "../../machinery/metrics.ts";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import type { ApiRequest, Identity } from "../request.ts";
import type { RequestInfo } from "../route.ts";
import type { TypeCatalog } from "../types.ts";
import type { AuditEvent } from "./audit-event.ts";
import { AuditedRequest } from "./audited-request.ts";
import { type AuditLevel, type AuditPolicy, AuditPolicyEvaluator } from "./policy.ts";

/** Where audit events go. Must not throw, and must not wait. */
export interface AuditSink {
  take(event: AuditEvent): void;
}

/** What is audited, and who is told. */
export interface AuditOptions {
  policy: AuditPolicy;
  sinks: readonly AuditSink[];
}

const nobody: Identity = Object.freeze({ name: "", groups: Object.freeze([]) });

/** Begins the audit of each request that the policy asks for. */
export class Auditor {
  readonly #evaluator: AuditPolicyEvaluator;
  readonly #sinks: readonly AuditSink[];
  readonly #deps: { clock: Clock; types: TypeCatalog; logger: Logger };
  readonly #levels = new Map<AuditLevel, number>();
  #events = 0;

  constructor({ policy, sinks }: AuditOptions, deps: { clock: Clock; types: TypeCatalog; logger: Logger }) {
    this.#evaluator = new AuditPolicyEvaluator(policy);
    this.#sinks = sinks;
    this.#deps = deps;
  }

  /** `user` is who asks, before impersonation; undefined where that could not be found out. */
  begin(
    request: ApiRequest,
    info: RequestInfo,
    attributes: AuthorizationAttributes,
    id: string,
    user: Identity | undefined,
  ): AuditedRequest | undefined {
    const terms = this.#evaluator.termsOf(user ?? nobody, attributes);
    this.#levels.set(terms.level, (this.#levels.get(terms.level) ?? 0) + 1);
    if (terms.level === "None") return undefined;
    const { clock, types } = this.#deps;
    const deps = { clock, types, emit: (event: AuditEvent) => this.#emit(event) };
    return new AuditedRequest(deps, { request, info, id, terms, user, received: clock.now() });
  }

  families(): NamedSamples[] {
    return [
      {
        name: "apiserver_audit_event_total",
        samples: () => [{ labels: {}, value: this.#events }],
      },
      {
        name: "apiserver_audit_level_total",
        samples: () => Array.from(this.#levels, ([level, value]) => ({ labels: { level }, value })),
      },
    ];
  }

  #emit(event: AuditEvent): void {
    this.#events++;
    for (const sink of this.#sinks) {
      try {
        sink.take(event);
      } catch (error) {
        this.#deps.logger.error("an audit event was lost", { auditId: event.parts.auditId, error });
      }
    }
  }
}
