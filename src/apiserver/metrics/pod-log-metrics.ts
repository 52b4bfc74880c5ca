import { Count, counts, type NamedSamples, single, Tallies } from "../../machinery/metrics.ts";

/** What is counted of the logs of pods that are asked for, under upstream's names. */
export class PodLogMetrics {
  readonly #asked = new Tallies(["usage"], () => new Count());
  /** Requests that failed because the node's agent showed another certificate than it should. */
  untrustedAgents = 0;

  /** `isUnverified`: whatever certificate the agent shows. */
  asked(isUnverified: boolean): void {
    this.#asked.of(isUnverified ? "skip_tls_allowed" : "enforce_tls").value++;
  }

  families(): NamedSamples[] {
    return [
      counts("kube_apiserver_pod_logs_insecure_backend_total", this.#asked),
      single("kube_apiserver_pod_logs_backend_tls_failure_total", () => this.untrustedAgents),
    ];
  }
}
