import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expiryOf } from "../cluster/certificates.ts";
import { DataDirectory, defaultDataDirectory } from "../cluster/data-directory.ts";
import { unsupportedResources } from "../cluster/not-acted-on.ts";
import { UsageError } from "../cluster/options.ts";

/** `kybern status` */
export async function runStatus(given: { data?: string; output: string }): Promise<void> {
  if (given.output !== "text" && given.output !== "json") throw new UsageError(`-o takes text or json; not "${given.output}"`);
  const data = new DataDirectory(given.data ?? defaultDataDirectory());
  if (!data.exists()) throw new UsageError(`there is no cluster in ${data.path}: start one with kybern up`);
  const record = await data.record();
  const running = await data.running();
  const certificates = existsSync(data.pki)
    ? readdirSync(data.pki)
        .filter((name) => name.endsWith(".crt"))
        .map((name) => ({ name: name.slice(0, -4), expires: new Date(expiryOf(readFileSync(join(data.pki, name), "utf8"))).toISOString() }))
    : [];
  const status = {
    cluster: record.id,
    data: data.path,
    running: running ? { process: running.pid, server: running.server, since: running.startedAt, kubeconfig: running.kubeconfig } : null,
    services: record.serviceClusterIpRange,
    pods: record.clusterCidr,
    nodePorts: record.nodePortRange,
    certificates,
    storedOnly: Object.fromEntries(unsupportedResources()),
  };
  if (given.output === "json") {
    process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
    return;
  }
  const lines = [
    `cluster      ${status.cluster} in ${status.data}`,
    running
      ? `running      ${running.server} (process ${running.pid}, since ${running.startedAt})`
      : "running      no: start it with kybern up",
    ...(running ? [`kubeconfig   ${running.kubeconfig}`] : []),
    `services     ${status.services}`,
    `pods         ${status.pods}`,
    `node ports   ${status.nodePorts}`,
    "certificates, renewed in time while kybern runs; authorities, which nothing renews:",
    ...certificates.map(
      ({ name, expires }) => `  ${name.padEnd(26)} until ${expires.slice(0, 10)}${isAuthority(name) ? ", an authority" : ""}`,
    ),
    "stored, but nothing acts on them:",
    ...unsupportedResources().map(([resource, text]) => `  ${resource.padEnd(62)} ${text}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function isAuthority(name: string): boolean {
  return name === "ca" || name.endsWith("-ca");
}
