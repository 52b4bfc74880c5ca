import { Count, counts, type NamedSamples, Tallies } from "../../machinery/metrics.ts";
import type { AdmissionAttributes } from "../admit.ts";

const ofRequest = ["request_operation", "resource", "subresource"];

/** What is counted of the Pod Security Standards, under upstream's names. */
export class PodSecurityMetrics {
  readonly #evaluations = new Tallies(["decision", "policy_level", "policy_version", "mode", ...ofRequest], () => new Count());
  readonly #exemptions = new Tallies(ofRequest, () => new Count());

  evaluated(attributes: AdmissionAttributes, mode: "audit" | "enforce" | "warn", level: string, version: string, isAllowed: boolean): void {
    this.#evaluations.of(isAllowed ? "allow" : "deny", level, version, mode, ...requestOf(attributes)).value++;
  }

  exempted(attributes: AdmissionAttributes): void {
    this.#exemptions.of(...requestOf(attributes)).value++;
  }

  families(): NamedSamples[] {
    return [counts("pod_security_evaluations_total", this.#evaluations), counts("pod_security_exemptions_total", this.#exemptions)];
  }
}

function requestOf({ operation, resource, subresource }: AdmissionAttributes): string[] {
  return [operation.toLowerCase(), resource.qualifiedName === "pods" ? "pod" : "controller", subresource];
}
