import type { EvaluationTimer } from "../../machinery/cel/library/functions.ts";
import type { Clock } from "../../machinery/clock.ts";
import { defaultBounds, HistogramTally, type NamedSamples } from "../../machinery/metrics.ts";

/** What is counted of the expressions of policies, conditions and custom resources, under upstream's names. */
export class ExpressionMetrics {
  readonly timer: EvaluationTimer;
  readonly #seconds = new HistogramTally(defaultBounds);
  /** Of the rules of custom resources. */
  readonly #compilation = new HistogramTally(defaultBounds);

  constructor(clock: Clock) {
    this.timer = {
      now: () => clock.now(),
      compiled: (milliseconds) => this.#compilation.observe(milliseconds / 1000),
      took: (milliseconds) => this.#seconds.observe(milliseconds / 1000),
    };
  }

  families(): NamedSamples[] {
    return [
      { name: "apiserver_cel_compilation_duration_seconds", samples: () => this.#compilation.samples({}) },
      { name: "apiserver_cel_evaluation_duration_seconds", samples: () => this.#seconds.samples({}) },
    ];
  }
}
