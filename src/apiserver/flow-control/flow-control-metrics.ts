import { type HistogramTally, type Labels, type NamedSamples, type Sample, single } from "../../machinery/metrics.ts";
import type { LastTurn } from "./fair-queues.ts";
import type { FlowControl } from "./flow-control.ts";
import type { FlowTallies } from "./flow-tallies.ts";
import type { PriorityLevel } from "./priority-level.ts";

const prefix = "apiserver_flowcontrol_";

/** What flow control counts, under upstream's names. */
export function flowControlFamilies(flowControl: FlowControl): NamedSamples[] {
  const ofLevels = (name: string, value: (level: PriorityLevel) => number): NamedSamples => ({
    name: `${prefix}${name}`,
    samples: () => flowControl.levels().map((level) => ({ labels: { priority_level: level.name }, value: value(level) })),
  });
  const ofFlows = (name: string, value: (tallies: FlowTallies) => number): NamedSamples => ({
    name: `${prefix}${name}`,
    samples: () => Array.from(flowControl.tallies(), ([labels, tallies]) => ({ labels, value: value(tallies) })),
  });
  const ofTurns = (name: string, values: (turn: LastTurn) => readonly (readonly [Labels, number])[]): NamedSamples => ({
    name: `${prefix}${name}`,
    *samples() {
      for (const { name, queues } of flowControl.levels())
        for (const [more, value] of queues?.lastTurn ? values(queues.lastTurn) : [])
          yield { labels: { priority_level: name, ...more }, value };
    },
  });
  const histograms = (name: string, tallies: (tallies: FlowTallies) => readonly (readonly [Labels, HistogramTally])[]): NamedSamples => ({
    name: `${prefix}${name}`,
    *samples(): Iterable<Sample> {
      for (const [labels, all] of flowControl.tallies())
        for (const [more, tally] of tallies(all)) yield* tally.samples({ ...labels, ...more });
    },
  });
  return [
    ofLevels("nominal_limit_seats", ({ limits }) => limits.nominal),
    ofLevels("lower_limit_seats", ({ limits }) => limits.min),
    ofLevels("upper_limit_seats", ({ limits }) => limits.max),
    ofLevels("current_limit_seats", ({ currentLimit }) => currentLimit),
    ofLevels("current_r", ({ queues }) => queues?.progress ?? 0),
    ofTurns("dispatch_r", ({ progress }) => [[{}, progress]]),
    ofTurns("latest_s", ({ dispatch }) => [[{}, dispatch]]),
    ofTurns("next_s_bounds", ({ least, most }) => [
      [{ bound: "min" }, least],
      [{ bound: "max" }, most],
    ]),
    ofTurns("next_discounted_s_bounds", ({ leastDiscounted, mostDiscounted }) => [
      [{ bound: "min" }, leastDiscounted],
      [{ bound: "max" }, mostDiscounted],
    ]),
    ofLevels("demand_seats_high_watermark", ({ figures }) => figures.highWatermark),
    ofLevels("demand_seats_average", ({ figures }) => figures.average),
    ofLevels("demand_seats_stdev", ({ figures }) => figures.deviation),
    ofLevels("demand_seats_smoothed", ({ smoothedDemand }) => smoothedDemand),
    ofLevels("target_seats", ({ target }) => target),
    single(`${prefix}seat_fair_frac`, () => flowControl.fairFraction),
    ofFlows("current_executing_requests", ({ executing }) => executing),
    ofFlows("current_executing_seats", ({ executingSeats }) => executingSeats),
    ofFlows("current_inqueue_requests", ({ waiting }) => waiting),
    ofFlows("current_inqueue_seats", ({ waitingSeats }) => waitingSeats),
    ofFlows("dispatched_requests_total", ({ dispatched }) => dispatched),
    {
      name: `${prefix}rejected_requests_total`,
      *samples() {
        for (const [labels, { rejected }] of flowControl.tallies())
          for (const [reason, value] of rejected) yield { labels: { ...labels, reason }, value };
      },
    },
    histograms("request_wait_duration_seconds", ({ waitSeconds }) => [
      [{ execute: "true" }, waitSeconds.true],
      [{ execute: "false" }, waitSeconds.false],
    ]),
    histograms("request_execution_seconds", ({ executionSeconds }) => [
      [{ type: "regular" }, executionSeconds.regular],
      [{ type: "watch" }, executionSeconds.watch],
    ]),
    histograms("request_queue_length_after_enqueue", ({ queueLengths }) => [[{}, queueLengths]]),
    histograms("watch_count_samples", ({ watchers }) => [[{}, watchers]]),
    histograms("work_estimated_seats", ({ estimatedSeats }) => [[{}, estimatedSeats]]),
  ];
}
