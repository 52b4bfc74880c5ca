import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from "../../../api/admissionregistration/v1.ts";
import type { AdmissionPlugin } from "../../admit.ts";

/** Says of a webhook configuration with match conditions what becomes of its webhooks. */
export const unevaluatedConditions: AdmissionPlugin = {
  name: "UnevaluatedMatchConditions",
  resources: ["mutatingwebhookconfigurations.admissionregistration.k8s.io", "validatingwebhookconfigurations.admissionregistration.k8s.io"],
  validate({ object, operation, warn }) {
    if (operation !== "CREATE" && operation !== "UPDATE") return;
    const { webhooks = [] } = object as unknown as MutatingWebhookConfiguration | ValidatingWebhookConfiguration;
    for (const { name, matchConditions, failurePolicy } of webhooks) {
      if (!matchConditions?.length) continue;
      const fate = failurePolicy === "Ignore" ? "it is not called" : "requests that it would be asked about are refused";
      warn(`match conditions of webhook ${JSON.stringify(name)} are not evaluated in this version: ${fate}`);
    }
  },
};
