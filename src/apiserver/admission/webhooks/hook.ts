import type { MutatingWebhook, RuleWithOperations, ValidatingWebhook } from "../../../api/admissionregistration/v1.ts";
import type { FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import { compileLabelSelector, type LabelSelector } from "../../../machinery/selectors/label-selector.ts";
import type { WebhookTarget } from "../../webhook-client.ts";
import { MatchConditions } from "./match-conditions.ts";

/** One webhook of a configuration, ready to be asked. */
export interface Hook {
  readonly name: string;
  readonly configuration: string;
  /** Tells hooks of one name apart. */
  readonly id: string;
  readonly target: WebhookTarget;
  readonly rules: readonly RuleWithOperations[];
  readonly exactly: boolean;
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
  readonly ignoresFailures: boolean;
  readonly isHarmlessOnDryRun: boolean;
  readonly timeoutSeconds: number;
  readonly reviewVersion: "v1" | "v1beta1" | undefined;
  readonly reinvokes: boolean;
  readonly matchConditions: MatchConditions;
}

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, "reinvocationPolicy">;

/** The webhooks of one configuration in their order. Hooks of one name get ids by their number among these. */
export function compileHooks(configuration: string, webhooks: readonly Webhook[], library: FunctionLibrary): Hook[] {
  const seen = new Map<string, number>();
  return webhooks.map((hook) => {
    const { name = "", clientConfig } = hook;
    const number = seen.get(name) ?? 0;
    seen.set(name, number + 1);
    return {
      name,
      configuration,
      id: `${configuration}/${name}/${number}`,
      target: clientConfig as WebhookTarget,
      rules: hook.rules ?? [],
      exactly: hook.matchPolicy === "Exact",
      namespaceSelector: compileLabelSelector(hook.namespaceSelector ?? {}),
      objectSelector: compileLabelSelector(hook.objectSelector ?? {}),
      ignoresFailures: hook.failurePolicy === "Ignore",
      isHarmlessOnDryRun: hook.sideEffects === "None" || hook.sideEffects === "NoneOnDryRun",
      timeoutSeconds: hook.timeoutSeconds ?? 10,
      reviewVersion: hook.admissionReviewVersions.find((version) => version === "v1" || version === "v1beta1") as Hook["reviewVersion"],
      reinvokes: hook.reinvocationPolicy === "IfNeeded",
      matchConditions: new MatchConditions(hook.matchConditions ?? [], library),
    };
  });
}
