import { existsSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import { checkConfigured } from "../apiserver/admission/configuration.ts";
import { enabledPlugins } from "../apiserver/admission/plugin-names.ts";
import type { AdmissionOptions } from "../apiserver/options.ts";
import { readAdmissionConfiguration } from "./admission-config.ts";

export type NodesOption = { kind: "host" } | { kind: "none" } | { kind: "simulated"; count: number };

const componentNames = ["apiserver", "controllers", "scheduler", "node", "dns"] as const;
export type ComponentName = (typeof componentNames)[number];

/** A mistake in what a person typed: shown as one line, without a stack. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

export function parseNodes(text: string): NodesOption {
  if (text === "host" || text === "none") return { kind: text };
  const simulated = /^simulated(?:=(\d{1,5}))?$/.exec(text);
  if (simulated) return { kind: "simulated", count: simulated[1] === undefined ? 1 : Number(simulated[1]) };
  throw new UsageError(`--nodes takes host, none, simulated or simulated=N; not "${text}"`);
}

export function parseComponents(text: string): Set<ComponentName> {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!(componentNames as readonly string[]).includes(name)) {
      throw new UsageError(`--components takes a list of ${componentNames.join(", ")}; not "${name}"`);
    }
  }
  return new Set(names as ComponentName[]);
}

export function parseBoolean(text: string, option: string): boolean {
  if (text !== "true" && text !== "false") throw new UsageError(`${option} takes true or false; not "${text}"`);
  return text === "true";
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new UsageError(`a port is a number from 1 to 65535; not "${text}"`);
  return port;
}

export function parseAddress(text: string, option: string): string {
  if (!isIPv4(text)) throw new UsageError(`${option} takes an IPv4 address such as 10.0.0.1; not "${text}"`);
  return text;
}

/** Where to listen: IPv6 will do too. */
export function parseListenAddress(text: string, option: string): string {
  return isIPv6(text) ? text : parseAddress(text, option);
}

/** The path of a file or socket that must be there. */
export function existingFile(path: string, option: string): string {
  if (!existsSync(path)) throw new UsageError(`${option}: there is no ${path}`);
  return path;
}

export function parsePortRange(text: string): string {
  const match = /^(\d+)-(\d+)$/.exec(text);
  if (!match) throw new UsageError(`--service-node-port-range takes a range such as 30000-32767; not "${text}"`);
  const range = { from: parsePort(match[1] as string), to: parsePort(match[2] as string) };
  if (range.from > range.to) throw new UsageError(`--service-node-port-range ends before it starts: "${text}"`);
  return text;
}

/** An IPv4 range `a.b.c.d/n`, with the size that its use needs. */
export function parseCidr(text: string, option: string, longestPrefix: number): string {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  const parts = match?.slice(1).map(Number);
  if (!parts || parts.slice(0, 4).some((part) => part > 255) || (parts[4] as number) > 32) {
    throw new UsageError(`${option} takes an IPv4 range such as 10.96.0.0/16; not "${text}"`);
  }
  if ((parts[4] as number) > longestPrefix)
    throw new UsageError(`${option} needs a range of at least /${longestPrefix}; "${text}" is too small`);
  return text;
}

/** The names of plug-ins are lists with commas; the configuration is a file. */
export function parseAdmission(enabled: string | undefined, disabled: string | undefined, file: string | undefined): AdmissionOptions {
  const list = (text = "") =>
    text
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
  try {
    const plugins = enabledPlugins(list(enabled), list(disabled));
    const admissionConfiguration = file === undefined ? {} : readAdmissionConfiguration(file);
    checkConfigured(plugins, admissionConfiguration);
    return { enabledAdmissionPlugins: list(enabled), disabledAdmissionPlugins: list(disabled), admissionConfiguration };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
