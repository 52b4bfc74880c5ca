import type { HistogramTally, MetricFamily, Sample } from "../../machinery/metrics.ts";
import type { FlowControl } from "./flow-control.ts";
import type { FlowTallies } from "./flow-tallies.ts";
import type { PriorityLevel } from "./priority-level.ts";

const prefix = "apiserver_flowcontrol_";

/** What flow control counts, under upstream's names. */
export function flowControlFamilies(flowControl: FlowControl): MetricFamily[] {
  const ofLevels = (name: string, help: string, value: (level: PriorityLevel) => number): MetricFamily => ({
    name: `${prefix}${name}`,
    help,
    type: "gauge",
    samples: () => flowControl.levels().map((level) => ({ labels: { priority_level: level.name }, value: value(level) })),
  });
  const ofFlows = (name: string, help: string, type: "counter" | "gauge", value: (tallies: FlowTallies) => number): MetricFamily => ({
    name: `${prefix}${name}`,
    help,
    type,
    samples: () => Array.from(flowControl.tallies(), ([labels, tallies]) => ({ labels, value: value(tallies) })),
  });
  const histograms = (
    name: string,
    help: string,
    tallies: (tallies: FlowTallies) => readonly (readonly [Record<string, string>, HistogramTally])[],
  ): MetricFamily => ({
    name: `${prefix}${name}`,
    help,
    type: "histogram",
    *samples(): Iterable<Sample> {
      for (const [labels, all] of flowControl.tallies())
        for (const [more, tally] of tallies(all)) yield* tally.samples({ ...labels, ...more });
    },
  });
  return [
    ofLevels("nominal_limit_seats", "Nominal number of execution seats configured for each priority level", ({ limits }) => limits.nominal),
    ofLevels(
      "lower_limit_seats",
      "Configured lower bound on number of execution seats available to each priority level",
      ({ limits }) => limits.min,
    ),
    ofLevels(
      "upper_limit_seats",
      "Configured upper bound on number of execution seats available to each priority level",
      ({ limits }) => limits.max,
    ),
    ofLevels(
      "current_limit_seats",
      "current derived number of execution seats available to each priority level",
      ({ currentLimit }) => currentLimit,
    ),
    ofLevels("current_r", "R(time of last change)", ({ queues }) => queues?.progress ?? 0),
    ofLevels(
      "demand_seats_high_watermark",
      "High watermark, over last adjustment period, of demand_seats",
      ({ figures }) => figures.highWatermark,
    ),
    ofLevels(
      "demand_seats_average",
      "Time-weighted average, over last adjustment period, of demand_seats",
      ({ figures }) => figures.average,
    ),
    ofLevels(
      "demand_seats_stdev",
      "Time-weighted standard deviation, over last adjustment period, of demand_seats",
      ({ figures }) => figures.deviation,
    ),
    ofLevels("demand_seats_smoothed", "Smoothed seat demands", ({ smoothedDemand }) => smoothedDemand),
    ofLevels("target_seats", "Seat allocation targets", ({ target }) => target),
    {
      name: `${prefix}seat_fair_frac`,
      help: "Fair fraction of server's concurrency to allocate to each priority level that can use it",
      type: "gauge",
      samples: () => [{ labels: {}, value: flowControl.fairFraction }],
    },
    ofFlows(
      "current_executing_requests",
      "Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem",
      "gauge",
      ({ executing }) => executing,
    ),
    ofFlows(
      "current_executing_seats",
      "Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem",
      "gauge",
      ({ executingSeats }) => executingSeats,
    ),
    ofFlows(
      "current_inqueue_requests",
      "Number of requests currently pending in queues of the API Priority and Fairness subsystem",
      "gauge",
      ({ waiting }) => waiting,
    ),
    ofFlows(
      "current_inqueue_seats",
      "Number of seats currently pending in queues of the API Priority and Fairness subsystem",
      "gauge",
      ({ waitingSeats }) => waitingSeats,
    ),
    ofFlows(
      "dispatched_requests_total",
      "Number of requests executed by API Priority and Fairness subsystem",
      "counter",
      ({ dispatched }) => dispatched,
    ),
    {
      name: `${prefix}rejected_requests_total`,
      help: "Number of requests rejected by API Priority and Fairness subsystem",
      type: "counter",
      *samples() {
        for (const [labels, { rejected }] of flowControl.tallies())
          for (const [reason, value] of rejected) yield { labels: { ...labels, reason }, value };
      },
    },
    histograms("request_wait_duration_seconds", "Length of time a request spent waiting in its queue", ({ waitSeconds }) => [
      [{ execute: "true" }, waitSeconds.true],
      [{ execute: "false" }, waitSeconds.false],
    ]),
    histograms(
      "request_execution_seconds",
      "Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem",
      ({ executionSeconds }) => [
        [{ type: "regular" }, executionSeconds.regular],
        [{ type: "watch" }, executionSeconds.watch],
      ],
    ),
    histograms(
      "work_estimated_seats",
      "Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness",
      ({ estimatedSeats }) => [[{}, estimatedSeats]],
    ),
  ];
}
