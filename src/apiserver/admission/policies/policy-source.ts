import { type EvaluationTimer, FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import type { Entry, Subscription } from "../../../storage/store.ts";
import type { AdmissionPlugin } from "../../admit.ts";
import type { ObjectReader } from "../../object-reader.ts";
import type { Binding, Policy } from "./policy.ts";

/** A plug-in that evaluates policies. Whoever made it closes it. */
export interface PolicyPlugin extends AdmissionPlugin {
  close(): void;
}

export interface BoundPolicy<P extends Policy = Policy, B extends Binding = Binding> {
  policy: P;
  bindings: readonly B[];
}

/** How the objects of one kind of policies are compiled. */
export interface PolicyKind<O, P extends Policy, BO, B extends Binding> {
  /** The resource of the policies; that of their bindings is `…bindings`. */
  readonly resource: "mutatingadmissionpolicies" | "validatingadmissionpolicies";
  compilePolicy(object: O, library: FunctionLibrary): P;
  compileBinding(object: BO): B;
}

/** The policies that have bindings, by name. Follows the store. */
export class PolicySource<O, P extends Policy, BO, B extends Binding> {
  readonly #library: FunctionLibrary;
  readonly #policies = new Map<string, P>();
  readonly #bindings = new Map<string, B>();
  readonly #subscriptions: Subscription[] = [];
  #bound: readonly BoundPolicy<P, B>[] = [];

  constructor({ objects, timer }: { objects: ObjectReader; timer: EvaluationTimer }, kind: PolicyKind<O, P, BO, B>) {
    this.#library = new FunctionLibrary(timer);
    this.#follow<O, P>(objects, kind.resource, this.#policies, (policy) => kind.compilePolicy(policy, this.#library));
    this.#follow<BO, B>(objects, `${kind.resource.slice(0, -"ies".length)}ybindings`, this.#bindings, (binding) =>
      kind.compileBinding(binding),
    );
    this.#arrange();
  }

  get bound(): readonly BoundPolicy<P, B>[] {
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
    const bindings = [...this.#bindings.keys()].sort().map((name) => this.#bindings.get(name) as B);
    this.#bound = [...this.#policies.keys()].sort().flatMap((name) => {
      const own = bindings.filter(({ policyName }) => policyName === name);
      return own.length === 0 ? [] : [{ policy: this.#policies.get(name) as P, bindings: own }];
    });
  }
}
