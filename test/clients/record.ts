// Asks kube-apiserver what kubectl prints: node test/clients/record.ts https://127.0.0.1:6443 TOKEN
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "./binaries.ts";
import { areas } from "./kubectl-commands.ts";
import { type KubectlVersion, kubectls, runArea, type Transcript } from "./transcript.ts";

const [server = "", token = ""] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "kybern-record-"));
const kubeconfig = join(scratch, "kubeconfig");
const config = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
  users: [{ name: "u", user: { token } }],
  contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  "current-context": "c",
};
writeFileSync(kubeconfig, JSON.stringify(config));
try {
  for (const [version, name] of Object.entries(kubectls) as [KubectlVersion, string][]) {
    const program = binary(name);
    if (!program) throw new Error(`there is no ${name}`);
    const transcript: Transcript = {};
    for (const area of Object.keys(areas)) transcript[area] = runArea(area, program, version, kubeconfig);
    writeFileSync(join(import.meta.dirname, "answers", `kubectl-${version}.json`), `${JSON.stringify(transcript, null, 1)}\n`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
