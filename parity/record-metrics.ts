/**
 * Asks a kube-apiserver for its metrics and adds what is new to `src/apiserver/metrics/upstream-metrics.json`: names, types, help texts,
 * labels, bounds. `node parity/record-metrics.ts URL TOKEN`. Many names have samples only after something has happened, so ask a server that
 * the corpus was recorded from. What tells of Go's own runtime is left out.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Http } from "./http.ts";

interface Facts {
  type: string;
  help: string;
  labels: string[];
  /** Of histograms. */
  bounds?: string[];
}

const file = new URL("../src/apiserver/metrics/upstream-metrics.json", import.meta.url);
const [, , url = "https://127.0.0.1:6443", token = "admintoken"] = process.argv;

const http = new Http(url);
let text = "";
for (const path of ["/metrics", "/metrics/slis"]) {
  const { status, bytes } = await http.ask({ method: "GET", path, headers: { authorization: `Bearer ${token}` } });
  if (status !== 200) throw new Error(`${url}${path} answered ${status}`);
  text += Buffer.from(bytes).toString();
}
http.close();

const known = JSON.parse(readFileSync(file, "utf8")) as Record<string, Facts>;
let current: Facts | undefined;
for (const line of text.split("\n")) {
  const [, what, name = "", text = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
  if (what === "HELP") {
    current = name.startsWith("go_") ? undefined : known[name];
    if (!current && !name.startsWith("go_")) {
      current = { type: "", help: text, labels: [] };
      known[name] = current;
    }
  } else if (current && what === "TYPE") current.type = text;
  else if (current) {
    for (const [, label = "", value = ""] of line.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)) {
      if (label === "le") {
        current.bounds ??= [];
        if (!current.bounds.includes(value)) current.bounds.push(value);
      } else if (label !== "quantile" && !current.labels.includes(label)) current.labels.push(label);
    }
  }
}
const lines = Object.keys(known)
  .sort()
  .map((name) => `${JSON.stringify(name)}: ${JSON.stringify(known[name])}`);
writeFileSync(file, `{\n${lines.join(",\n")}\n}\n`);
