import { route, UnreadablePath } from "../../src/apiserver/route.ts";
import { parseDuration, parseTimestamp } from "../../src/machinery/cel/values/text.ts";
import { CronError, parseCron } from "../../src/machinery/cron.ts";
import { StatusError } from "../../src/machinery/errors.ts";
import { compileJsonPath, JsonPathError } from "../../src/machinery/json-path.ts";
import {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  QuantityError,
  quantityMilliValue,
} from "../../src/machinery/quantity.ts";
import { canonicalMicroTime, canonicalTime, TimeError } from "../../src/machinery/schema/time-text.ts";
import { parseFieldSelector } from "../../src/machinery/selectors/field-selector.ts";
import { parseLabelSelector } from "../../src/machinery/selectors/label-selector.ts";
import type { Inputs } from "../inputs.ts";
import { must, refusing, type Target } from "../target.ts";

function text(
  name: string,
  weight: number,
  examples: readonly string[],
  tokens: readonly string[],
  run: (text: string, inputs: Inputs) => void,
): Target {
  return {
    name,
    weight,
    run(inputs, show) {
      const input = inputs.text(examples, tokens);
      show(input);
      run(input, inputs);
    },
  };
}

const labels = { a: "b", "example.com/x": "1", __proto__: "y", n: "10" };
const split = (tokens: string) => tokens.split(" ");

export const textTargets: readonly Target[] = [
  text(
    "label selectors",
    30,
    ["a=b", "a!=b,c==d", "x in (a,b),y notin (c)", "!a", "example.com/x", "n>5,n<20", "a in ()", "a in (b, )"],
    split("a b = == != ! , ( ) in notin > < example.com/x / - _ . 1 \u0020 é"),
    (input) => {
      refusing([StatusError, Error], () => {
        const selector = parseLabelSelector(input);
        const again = parseLabelSelector(String(selector));
        must(selector.matches(labels) === again.matches(labels), "a selector and its text select differently");
      });
    },
  ),
  text(
    "field selectors",
    20,
    ["metadata.name=a", "spec.nodeName!=x,status.phase==Running", "a=b\\,c", "a=b\\=c", "="],
    split("metadata.name = == != \\ \\, , a spec.nodeName"),
    (input) => {
      refusing([StatusError, Error], () => parseFieldSelector(input).matches(() => "a"));
    },
  ),
  text(
    "paths",
    40,
    [
      "/api/v1/namespaces/default/pods/a/log",
      "/apis/apps/v1/deployments",
      "/apis/apps/v1/namespaces/default/deployments/a/scale",
      "/api/v1/watch/pods",
      "/api/v1/namespaces/default/services/https:a:b/proxy/x/y",
      "/openapi/v3/apis/apps/v1",
      "/livez/ping",
    ],
    split("/ . .. // %2e %2F %00 ; api apis v1 namespaces pods watch proxy a default ? # \\ %zz é"),
    (input, inputs) => {
      const method = inputs.pick(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "X"]);
      const path = input.startsWith("/") ? input : `/${input}`;
      refusing([StatusError, UnreadablePath], () => {
        const { parts, namespace } = route({ method, path, query: new URLSearchParams("watch=1"), headers: {} });
        must(![...parts, namespace].some((part) => part.includes("/")) || path.includes("proxy"), "a part of a path is several");
      });
    },
  ),
  text(
    "quantities",
    30,
    ["1", "100m", "1.5Gi", "-2e3", "1E", "0.000000001", "9223372036854775807", "1e-9", "12345678901234567890n"],
    split("0 1 9 . - + e E m u n k M G T P Ki Mi Gi 00000 99999"),
    (input) => {
      refusing([QuantityError], () => {
        const quantity = parseQuantity(input);
        const shown = formatQuantity(quantity);
        // Upstream has no suffix for quantities as large as these, and leaves it out.
        const isHuge = compareQuantities(quantity, "1e18") > 0 || compareQuantities(quantity, "-1e18") < 0;
        must(isHuge || compareQuantities(parseQuantity(shown), quantity) === 0, `${shown} is another quantity`);
        must(canonicalQuantity(shown) === shown, `${shown} isn't canonical`);
        quantityMilliValue(quantity);
      });
    },
  ),
  text(
    "times",
    15,
    ["2024-01-31T12:30:00Z", "2024-02-29T23:59:59.123456789+05:30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
    split("2024 - 01 31 T Z : . + 00 99 60 t z"),
    (input) => {
      refusing([TimeError], () => {
        const time = canonicalTime(input);
        must(canonicalTime(time) === time, `${time} isn't canonical`);
        canonicalMicroTime(input);
      });
      parseTimestamp(input);
    },
  ),
  text(
    "durations",
    15,
    ["1h30m", "-1.5s", "100ms", "0", "9223372036854775807ns"],
    split("1 0 . - + h m s ms us µs ns 99999999999"),
    (input) => {
      parseDuration(input);
    },
  ),
  text(
    "JSON paths",
    10,
    [".spec.replicas", "{.status.conditions[?(@.type=='Ready')].status}", ".metadata.labels['a.b']", ".a[0:2]", ".a[*].b"],
    split(". [ ] ( ) ? @ = == ' \" * a 0 -1 : \\ { } $ ,"),
    (input) => {
      refusing([JsonPathError], () => compileJsonPath(input)({ a: [1, { b: 2 }] }));
    },
  ),
  text(
    "cron schedules",
    10,
    ["*/5 * * * *", "0 0 1 1 *", "@hourly", "TZ=UTC 1-5,7 * * * MON-FRI"],
    split("* / - , 0 1 59 60 MON JAN ? @every @daily TZ= UTC \u0020"),
    (input) => {
      refusing([CronError], () => parseCron(input));
    },
  ),
];
