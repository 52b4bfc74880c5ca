import type { Component } from "../../client/client.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { type Clock, every } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { CommandError, type CommandRunner } from "./command.ts";
import { networkNames } from "./names.ts";
import { type NftChain, type NftRule, nftApply, nftList } from "./nft.ts";

export interface ForwardingOptions {
  clusterId: string;
  /** Ports of the bridge's addresses that pods must reach although a firewall closes the machine: DNS, the API server. */
  openPorts?: readonly { protocol: "tcp" | "udp"; port: number }[];
}

export interface ForwardingDeps {
  run: CommandRunner;
  logger: Logger;
}

/**
 * Lets the pods' packets pass where another firewall (Docker, ufw, firewalld) drops what it doesn't know. An accept in a table of
 * our own can't do that: every chain of a hook must accept. So accept rules go into the chains that drop, marked with the cluster's
 * name. Idempotent. Answers the chains that rules were added to.
 */
export async function ensureForwarding(deps: ForwardingDeps, options: ForwardingOptions): Promise<string[]> {
  const added = [...(await ensureNft(deps.run, options)), ...(await ensureLegacy(deps.run, options))];
  if (added.length > 0) {
    deps.logger.info("let the pods' packets pass a firewall of this machine", { chains: added });
  }
  return added;
}

async function ensureNft(run: CommandRunner, options: ForwardingOptions): Promise<string[]> {
  const names = networkNames(options.clusterId);
  const added: string[] = [];
  const script: string[] = [];
  for (const chain of await filterChains(run)) {
    const rules = await rulesOf(run, chain);
    const present = new Set(rules.filter((rule) => rule.comment?.startsWith(`${names.comment}:`)).map((rule) => rule.comment));
    if (present.size === 0 && chain.policy !== "drop" && !refusesAtEnd(rules)) continue;
    const where = `${chain.family} ${quoteChain(chain)}`;
    for (const [key, match] of matches(chain.hook as string, names.bridge, options)) {
      const comment = `${names.comment}: ${key}`;
      if (present.has(comment)) continue;
      script.push(`insert rule ${where} ${match} accept comment "${comment}"`);
      if (!added.includes(where)) added.push(where);
    }
  }
  await nftApply(run, script.join("\n"));
  return added;
}

function matches(hook: string, bridge: string, options: ForwardingOptions): [key: string, match: string][] {
  if (hook === "forward") {
    return [
      ["from pods", `iifname "${bridge}"`],
      ["to pods", `oifname "${bridge}"`],
    ];
  }
  return (options.openPorts ?? []).map(({ protocol, port }) => [
    `pods to ${protocol} ${port}`,
    `iifname "${bridge}" ${protocol} dport ${port}`,
  ]);
}

/** Takes back what `ensureForwarding` added, wherever it is. */
export async function removeForwarding(deps: ForwardingDeps, options: ForwardingOptions): Promise<void> {
  const { comment } = networkNames(options.clusterId);
  const script: string[] = [];
  for (const chain of await filterChains(deps.run)) {
    for (const rule of await rulesOf(deps.run, chain)) {
      if (rule.comment?.startsWith(`${comment}:`)) script.push(`delete rule ${chain.family} ${quoteChain(chain)} handle ${rule.handle}`);
    }
  }
  await nftApply(deps.run, script.join("\n"));
  await removeLegacy(deps.run, options);
}

/** Looks again every half a minute: a firewall that starts or reloads later throws our rules away. */
export function startForwardGuard(
  deps: ForwardingDeps & { clock: Clock; signal: AbortSignal },
  options: ForwardingOptions & { periodMilliseconds?: number },
): Component {
  const stop = new AbortController();
  const signal = anySignal(deps.signal, stop.signal);
  let running: Promise<void> | undefined;
  const check = () => {
    running ??= ensureForwarding(deps, options)
      .then(
        () => {},
        (error: unknown) => deps.logger.error("the firewall's forwarding rules could not be checked", { error: String(error) }),
      )
      .finally(() => {
        running = undefined;
      });
  };
  if (!signal.aborted) check();
  every(deps.clock, options.periodMilliseconds ?? 30_000, signal, check);
  return {
    async stop() {
      stop.abort();
      await running;
    },
  };
}

/** The chains of other people's tables that can drop a pod's packets. */
async function filterChains(run: CommandRunner): Promise<NftChain[]> {
  const items = await nftList(run, "chains");
  return items.flatMap(({ chain }) => {
    if (chain?.type !== "filter" || (chain.hook !== "forward" && chain.hook !== "input")) return [];
    return ["ip", "ip6", "inet"].includes(chain.family) && !chain.table.startsWith("kybern-") ? [chain] : [];
  });
}

async function rulesOf(run: CommandRunner, chain: NftChain): Promise<NftRule[]> {
  const items = await nftList(run, "chain", chain.family, chain.table, chain.name);
  return items.flatMap(({ rule }) => (rule ? [rule] : []));
}

/** firewalld's way: the policy accepts, and the last rule refuses whatever came that far. */
function refusesAtEnd(rules: readonly NftRule[]): boolean {
  const last = rules.at(-1)?.expr ?? [];
  const verdict = last.at(-1) ?? {};
  return ("drop" in verdict || "reject" in verdict) && !last.some((part) => "match" in part || "xt" in part || "limit" in part);
}

function quoteChain(chain: NftChain): string {
  return `${chain.table} ${chain.name}`;
}

const legacyFamilies = [
  { program: "iptables-legacy", tables: "/proc/net/ip_tables_names" },
  { program: "ip6tables-legacy", tables: "/proc/net/ip6_tables_names" },
];

/** Rules of the old kernel interface, which nft doesn't see. They exist only where its tool does. */
async function ensureLegacy(run: CommandRunner, options: ForwardingOptions): Promise<string[]> {
  const added: string[] = [];
  for (const { program, tables } of legacyFamilies) {
    if (!(await usesLegacy(run, tables))) continue;
    for (const chain of ["FORWARD", "INPUT"]) {
      const listing = await legacy(run, [program, "-w", "-S", chain]);
      if (!listing?.startsWith(`-P ${chain} DROP`)) continue;
      for (const rule of legacyRules(chain, options)) {
        if (listing.includes(`--comment "${rule.at(-1)}"`)) continue;
        await run([program, "-w", "-I", ...rule]);
        if (!added.includes(`${program} ${chain}`)) added.push(`${program} ${chain}`);
      }
    }
  }
  return added;
}

async function removeLegacy(run: CommandRunner, options: ForwardingOptions): Promise<void> {
  for (const { program, tables } of legacyFamilies) {
    if (!(await usesLegacy(run, tables))) continue;
    for (const chain of ["FORWARD", "INPUT"]) {
      const { comment } = networkNames(options.clusterId);
      const listing = (await legacy(run, [program, "-w", "-S", chain])) ?? "";
      for (const line of listing.split("\n")) {
        if (!line.startsWith("-A ") || !line.includes(`--comment "${comment}:`)) continue;
        const words = [...line.slice(3).matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? (match[2] as string));
        await run([program, "-w", "-D", ...words]);
      }
    }
  }
}

function legacyRules(chain: string, options: ForwardingOptions): string[][] {
  const { bridge, comment } = networkNames(options.clusterId);
  const tail = (key: string) => ["-j", "ACCEPT", "-m", "comment", "--comment", `${comment}: ${key}`];
  if (chain === "FORWARD") {
    return [
      [chain, "-i", bridge, ...tail("from pods")],
      [chain, "-o", bridge, ...tail("to pods")],
    ];
  }
  return (options.openPorts ?? []).map(({ protocol, port }) => [
    chain,
    "-i",
    bridge,
    "-p",
    protocol,
    "--dport",
    String(port),
    ...tail(`pods to ${protocol} ${port}`),
  ]);
}

async function usesLegacy(run: CommandRunner, tables: string): Promise<boolean> {
  const names = await run(["sh", "-c", 'if [ -r "$1" ]; then cat "$1"; fi', "sh", tables]);
  return names.split("\n").includes("filter");
}

async function legacy(run: CommandRunner, command: string[]): Promise<string | undefined> {
  try {
    return await run(command);
  } catch (error) {
    if (error instanceof CommandError && error.missing) return undefined;
    throw error;
  }
}
