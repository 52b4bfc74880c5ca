/**
 * Stores what kube-apiserver's audit log tells of the requests in requests.ts: `node parity/audit/record.ts URL TOKEN LOG`. The server has
 * been started with `--audit-policy-file` (`node parity/audit/record.ts --policy` prints it) and `--audit-log-path LOG`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Http } from "../http.ts";
import { auditedEvents } from "./events.ts";
import { policy } from "./requests.ts";

const [url = "", token = "", log = ""] = process.argv.slice(2);
if (url === "--policy") {
  process.stdout.write(`${JSON.stringify(policy)}\n`);
} else {
  const http = new Http(url);
  const lines = Object.entries(await auditedEvents(http, token, log)).map(
    ([request, events]) => `${JSON.stringify(request)}: [\n${events.map((event) => JSON.stringify(event)).join(",\n")}\n]`,
  );
  writeFileSync(join(import.meta.dirname, "events.json"), `{\n${lines.join(",\n")}\n}\n`);
  http.close();
}
