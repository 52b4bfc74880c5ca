import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "../../../api/admissionregistration/v1.ts";
import { FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import type { Entry, Subscription } from "../../../storage/store.ts";
import type { ObjectReader } from "../../object-reader.ts";
import { type Binding, compileBinding, compilePolicy, type Policy } from "./policy.ts";

export interface BoundPolicy {
  policy: Policy;
  bindings: readonly Binding[];
}

/** The policies that have bindings, by name. Follows the store. */
export class PolicySource {
  readonly #library = new FunctionLibrary();
  readonly #policies = new Map<string, Policy>();
  readonly #bindings = new Map<string, Binding>();
  readonly #subscriptions: Subscription[] = [];
  #bound: readonly BoundPolicy[] = [];

  constructor(objects: ObjectReader) {
    this.#follow<ValidatingAdmissionPolicy, Policy>(objects, "validatingadmissionpolicies", this.#policies, (policy) =>
      compilePolicy(policy, this.#library),
    );
    this.#follow<ValidatingAdmissionPolicyBinding, Binding>(objects, "validatingadmissionpolicybindings", this.#bindings, compileBinding);
    this.#arrange();
  }

  get bound(): readonly BoundPolicy[] {
    return this.#bound;
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  #follow<T, C>(objects: ObjectReader, resource: string, into: Map<string, C>, compile: (object: T) => C): void {
    const qualifiedName = `${resource}.admissionregistration.k8s.io`;
    const set = ({ value }: Entry) => into.set(value.metadata.name ?? "", compile(value as T));
    const subscription = objects.subscribe(qualifiedName, (events) => {
      for (const { type, entry } of events) {
        if (type === "DELETED") into.delete(entry.value.metadata.name ?? "");
        else set(entry);
      }
      this.#arrange();
    });
    this.#subscriptions.push(subscription);
    for (const entry of objects.list(qualifiedName)) set(entry);
  }

  #arrange(): void {
    const bindings = [...this.#bindings.keys()].sort().map((name) => this.#bindings.get(name) as Binding);
    this.#bound = [...this.#policies.keys()].sort().flatMap((name) => {
      const own = bindings.filter(({ policyName }) => policyName === name);
      return own.length === 0 ? [] : [{ policy: this.#policies.get(name) as Policy, bindings: own }];
    });
  }
}
