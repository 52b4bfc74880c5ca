import { CommandError, type CommandRunner } from "./command.ts";

/** A chain as `nft -j list chains` tells it. */
export interface NftChain {
  family: string;
  table: string;
  name: string;
  type?: string;
  hook?: string;
  prio?: number;
  policy?: string;
}

export interface NftRule {
  family: string;
  table: string;
  chain: string;
  handle: number;
  comment?: string;
  expr?: Record<string, unknown>[];
}

export interface NftSet {
  family: string;
  table: string;
  name: string;
  elem?: unknown[];
}

interface NftItem {
  table?: { family: string; name: string };
  chain?: NftChain;
  rule?: NftRule;
  set?: NftSet;
}

/** What `nft -j` answers to a listing; an empty list when there is no such table or chain. */
export async function nftList(run: CommandRunner, ...what: string[]): Promise<NftItem[]> {
  try {
    const text = await run(["nft", "-j", "list", ...what]);
    return text === "" ? [] : (JSON.parse(text) as { nftables: NftItem[] }).nftables;
  } catch (error) {
    if (error instanceof CommandError && error.stderr.includes("No such file or directory")) return [];
    throw error;
  }
}

/** Runs a script as one transaction: all of it, or nothing. */
export async function nftApply(run: CommandRunner, script: string): Promise<void> {
  if (script !== "") await run(["nft", "-f", "-"], { input: script });
}
