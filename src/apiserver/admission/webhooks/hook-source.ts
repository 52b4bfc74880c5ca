import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from "../../../api/admissionregistration/v1.ts";
import { type EvaluationTimer, FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import type { Entry, Subscription } from "../../../storage/store.ts";
import type { ObjectReader } from "../../object-reader.ts";
import { compileHooks, type Hook } from "./hook.ts";

/** The webhooks of all configurations of one kind, by the configurations' names. Follows the store. */
export class HookSource {
  readonly #configurations = new Map<string, Hook[]>();
  readonly #library: FunctionLibrary;
  readonly #subscription: Subscription;
  #hooks: readonly Hook[] = [];

  constructor(
    { objects, timer }: { objects: ObjectReader; timer: EvaluationTimer },
    resource: "mutatingwebhookconfigurations" | "validatingwebhookconfigurations",
  ) {
    this.#library = new FunctionLibrary(timer);
    const qualifiedName = `${resource}.admissionregistration.k8s.io`;
    this.#subscription = objects.subscribe(qualifiedName, (events) => {
      for (const { type, entry } of events) this.#set(entry, type === "DELETED");
      this.#arrange();
    });
    for (const entry of objects.list(qualifiedName)) this.#set(entry, false);
    this.#arrange();
  }

  /** In the order in which they are called. */
  get hooks(): readonly Hook[] {
    return this.#hooks;
  }

  close(): void {
    this.#subscription.close();
  }

  #set({ value }: Entry, isGone: boolean): void {
    const { metadata, webhooks = [] } = value as MutatingWebhookConfiguration | ValidatingWebhookConfiguration;
    const { name = "" } = metadata;
    if (isGone) this.#configurations.delete(name);
    else this.#configurations.set(name, compileHooks(name, webhooks, this.#library));
  }

  #arrange(): void {
    const names = [...this.#configurations.keys()].sort();
    this.#hooks = names.flatMap((name) => this.#configurations.get(name) ?? []);
  }
}
