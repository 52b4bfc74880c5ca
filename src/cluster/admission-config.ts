import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { type AdmissionConfiguration, parseAdmissionConfiguration } from "../apiserver/admission/configuration.ts";
import { systemClock } from "../client/system-clock.ts";
import { webhookTarget } from "./webhook-target.ts";

interface Plugin {
  name?: string;
  path?: string;
  configuration?: unknown;
}

const apiVersions = ["apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1alpha1", "apiserver.k8s.io/v1alpha1"];

/** What a file with an `AdmissionConfiguration` says, and those that it names. Throws what is wrong with them. */
export function readAdmissionConfiguration(file: string): AdmissionConfiguration {
  const content = readYaml(file);
  const { apiVersion = "", kind = "", plugins = [] } = content as { apiVersion?: string; kind?: string; plugins?: Plugin[] };
  if (kind !== "AdmissionConfiguration" || !apiVersions.includes(apiVersion)) {
    throw new Error(
      `${file}: no AdmissionConfiguration of ${apiVersions[0]} but a ${JSON.stringify(kind)} of ${JSON.stringify(apiVersion)}`,
    );
  }
  const sections = new Map(
    plugins.map(({ name = "", path, configuration }) => [
      name,
      configuration ?? (path ? readYaml(resolve(dirname(file), path)) : undefined),
    ]),
  );
  return parseAdmissionConfiguration(sections, (kubeconfig) => webhookTarget(systemClock, kubeconfig));
}

function readYaml(file: string): object {
  try {
    const content: unknown = parse(readFileSync(file, "utf8"));
    if (typeof content === "object" && content !== null) return content;
  } catch (error) {
    throw new Error(`unable to read admission control configuration from ${JSON.stringify(file)} [${(error as Error).message}]`);
  }
  throw new Error(`unable to read admission control configuration from ${JSON.stringify(file)} [it is no object]`);
}
