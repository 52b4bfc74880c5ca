import { expect, it } from "vitest";
import { HistogramTally } from "../machinery/metrics.ts";
import { metricsText } from "./metrics-text.ts";

it("writes families in Prometheus' text format", async () => {
  const tally = new HistogramTally([0.1, 1]);
  for (const value of [0.1, 0.5, 3]) tally.observe(value);
  const text = await metricsText([
    {
      name: "requests_total",
      help: "Counter of requests.",
      type: "counter",
      samples: () => [{ labels: { path: 'a"b', code: "200" }, value: 3 }],
    },
    { name: "request_seconds", help: "Latency.", type: "histogram", samples: () => tally.samples({ verb: "GET" }) },
  ]);
  expect(text).toContain(`# HELP requests_total Counter of requests.
# TYPE requests_total counter
requests_total{code="200",path="a\\"b"} 3
`);
  expect(text).toContain(`# TYPE request_seconds histogram
request_seconds_bucket{verb="GET",le="0.1"} 1
request_seconds_bucket{verb="GET",le="1"} 2
request_seconds_bucket{verb="GET",le="+Inf"} 3
request_seconds_sum{verb="GET"} 3.6
request_seconds_count{verb="GET"} 3
`);
});
