import type { EvaluationTimer } from "../../machinery/cel/library/functions.ts";
import type { Clock } from "../../machinery/clock.ts";
import { defaultBounds, HistogramTally, type NamedSamples } from "../../machinery/metrics.ts";

/** What is counted of the expressions of policies, conditions and custom resources, under upstream's names. */
export class ExpressionMetrics {
  readonly timer: EvaluationTimer;
  readonly #seconds = new HistogramTally(defaultBounds);

  constructor(clock: Clock) {
    this.timer = { now: () => clock.now(), took: (milliseconds) => this.#seconds.observe(milliseconds / 1000) };
  }

  families(): NamedSamples[] {
    return [{ name: "apiserver_cel_evaluation_duration_seconds", samples: () => this.#seconds.samples({}) }];
  }
}
