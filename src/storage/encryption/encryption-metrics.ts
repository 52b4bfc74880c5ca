import {
  Count,
  counts,
  exponentialBounds,
  HistogramTally,
  histograms,
  type NamedSamples,
  single,
  Tallies,
} from "../../machinery/metrics.ts";

const secondsBounds = exponentialBounds(5e-6, 2, 25);
const keySecondsBounds = exponentialBounds(5e-6, 2, 14);

/** What is counted of encryption at rest, under upstream's names. */
export class EncryptionMetrics {
  readonly #operations = new Tallies(["resource", "status", "transformation_type", "transformer_prefix"], () => new Count());
  readonly #seconds = new Tallies(["transformation_type", "transformer_prefix"], () => new HistogramTally(secondsBounds));
  readonly #keySeconds = new HistogramTally(keySecondsBounds);
  /** How often a key management service was asked for a key. */
  keysAsked = 0;
  /** Tells the configuration that counts from others; absent where nothing is encrypted. */
  configurationHash: string | undefined;

  sealed(resource: string, prefix: string, seconds: number): void {
    this.#transformed(resource, "to_storage", prefix, seconds);
  }

  opened(resource: string, prefix: string, seconds: number): void {
    this.#transformed(resource, "from_storage", prefix, seconds);
  }

  failed(resource: string, type: "from_storage" | "to_storage", prefix: string): void {
    this.#operations.of(resource, "unknown-non-grpc", type, prefix).value++;
  }

  keyMade(seconds: number): void {
    this.#keySeconds.observe(seconds);
  }

  families(): NamedSamples[] {
    const { configurationHash: hash } = this;
    return [
      counts("apiserver_storage_transformation_operations_total", this.#operations),
      histograms("apiserver_storage_transformation_duration_seconds", this.#seconds),
      { name: "apiserver_storage_data_key_generation_duration_seconds", samples: () => this.#keySeconds.samples({}) },
      // The system's source of randomness does not fail.
      single("apiserver_storage_data_key_generation_failures_total", () => 0),
      single("apiserver_storage_envelope_transformation_cache_misses_total", () => this.keysAsked),
      // Of KMS plug-ins of version 1, which are refused.
      single("apiserver_envelope_encryption_dek_cache_fill_percent", () => 0),
      {
        name: "apiserver_encryption_config_controller_last_config_info",
        samples: () => (hash === undefined ? [] : [{ labels: { hash }, value: 1 }]),
      },
    ];
  }

  #transformed(resource: string, type: string, prefix: string, seconds: number): void {
    this.#operations.of(resource, "OK", type, prefix).value++;
    this.#seconds.of(type, prefix).observe(seconds);
  }
}
