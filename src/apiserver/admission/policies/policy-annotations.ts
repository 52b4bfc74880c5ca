import type { AuditAnnotations } from "../../audit/annotations.ts";
import type { Policy } from "./policy.ts";
import type { Objection } from "./validate-request.ts";
import type { ValidatingBinding } from "./validating-policy.ts";

const failureKey = "validation.policy.admission.k8s.io/validation_failure";

/** What the policies of one request note for its audit event. */
export class PolicyAnnotations {
  readonly #failures: object[] = [];
  readonly #values = new Map<string, Set<string>>();

  failed(policy: Policy, binding: ValidatingBinding, { message, index }: Objection): void {
    this.#failures.push({
      message,
      policy: policy.name,
      binding: binding.name,
      expressionIndex: index,
      validationActions: binding.actions,
    });
  }

  /** Of one policy with several bindings or parameters, all values are told. */
  add({ name }: Policy, key: string, value: string): void {
    const full = `${name}/${key}`;
    const values = this.#values.get(full) ?? new Set();
    this.#values.set(full, values.add(value));
  }

  noteIn(annotations: AuditAnnotations): void {
    if (this.#failures.length > 0) annotations.add(failureKey, JSON.stringify(this.#failures));
    for (const [key, values] of this.#values) annotations.add(key, [...values].join(", "));
  }
}
