import type { NamedSamples } from "../../machinery/metrics.ts";

/** Upstream's gate by name: its stage, and whether this cluster does what it is for. */
type Gates = Readonly<Record<string, readonly [stage: string, value: number]>>;

/**
 * Upstream's feature gates, of which none can be switched here: those whose feature is here count as on, those whose feature is not as
 * off. What is left out is of Go's libraries and of Windows, or is there in parts alone.
 */
export async function featureGates(): Promise<NamedSamples> {
  const gates = (await import("./feature-gates.json", { with: { type: "json" } })).default as unknown as Gates;
  return {
    name: "kubernetes_feature_enabled",
    samples: () => Object.entries(gates).map(([name, [stage, value]]) => ({ labels: { name, stage }, value })),
  };
}
