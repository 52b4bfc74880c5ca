import type { Logger } from "../../machinery/logger.ts";
import type { CommandRunner } from "../network/command.ts";
import { type NftSet, nftApply, nftList } from "../network/nft.ts";
import type { BaseRuleset, Fragment, MapElement } from "./ruleset.ts";
import { emptyFragment } from "./ruleset.ts";

/** nft reads commands of any length, but reports errors by line: elements go in portions. */
const elementsPerCommand = 200;

/** An empty set that tells that the table is there: nft answers for it in no time, while it reads every rule to list tables or chains. */
const anchor = "anchor";

/**
 * Brings fragments into one nftables table. Every call is one transaction. Knows what it has written, so that a change of one service
 * touches only that service's chains and elements. Connections go on through all of it: their translation lives in conntrack.
 */
export class NftWriter {
  readonly #run: CommandRunner;
  readonly #table: string;
  readonly #base: BaseRuleset;
  readonly #logger: Logger;
  #written = new Map<string, Fragment>();
  /** Which fragment has an element: two services may claim one external address and port; the first keeps it. */
  #owners = new Map<string, string>();
  /** Claims that were refused, as element names. */
  readonly #contested = new Set<string>();
  /** Emptied in an earlier transaction, to be deleted in the next: some kernels still count references within the same one. */
  readonly #emptied = { chains: new Set<string>(), sets: new Set<string>() };

  constructor(run: CommandRunner, table: string, base: BaseRuleset, logger: Logger) {
    this.#run = run;
    this.#table = table;
    this.#base = base;
    this.#logger = logger;
  }

  /** Writes everything anew. What is remembered for session affinity is carried over. */
  async writeAll(fragments: ReadonlyMap<string, Fragment>): Promise<void> {
    this.#written = new Map();
    this.#owners = new Map();
    this.#contested.clear();
    this.#emptied.chains.clear();
    this.#emptied.sets.clear();
    const changes = this.#difference(fragments);
    const table = `inet ${this.#table}`;
    const script = [
      // Deleting a table that isn't there is an error; adding one that is, isn't.
      `add table ${table}`,
      `delete table ${table}`,
      `table ${table} {\nset ${anchor} { type mark; }\n${this.#base.body}\n}`,
      ...changes.script,
      ...(await this.#remembered(changes.sets)),
    ];
    await nftApply(this.#run, `${script.join("\n")}\n`);
    changes.commit();
  }

  /** Writes what differs for these fragments (`undefined`: gone). Answers whether anything had to be written. */
  async writeChanges(fragments: ReadonlyMap<string, Fragment | undefined>): Promise<boolean> {
    const changes = this.#difference(fragments);
    if (changes.script.length === 0) return false;
    await nftApply(this.#run, `${changes.script.join("\n")}\n`);
    changes.commit();
    return true;
  }

  /** Deletes what earlier transactions have emptied. */
  async sweep(): Promise<void> {
    const { chains, sets } = this.#emptied;
    if (chains.size + sets.size > 0) await this.writeChanges(new Map());
  }

  async exists(): Promise<boolean> {
    const items = await nftList(this.#run, "set", "inet", this.#table, anchor);
    return items.some(({ set }) => set?.name === anchor);
  }

  async remove(): Promise<void> {
    await nftApply(this.#run, `add table inet ${this.#table}\ndelete table inet ${this.#table}\n`);
  }

  #difference(fragments: ReadonlyMap<string, Fragment | undefined>): Changes {
    const lines = new TransactionLines(this.#table);
    const owners = new Map<string, string | undefined>();
    const ownerOf = (element: string) => (owners.has(element) ? owners.get(element) : this.#owners.get(element));
    const pendingDeletes = new Map<string, MapElement>();
    // Releases first: a service may take over what another lets go in the same transaction.
    for (const [key, next] of fragments) {
      const before = this.#written.get(key);
      if (!before || before === next) continue;
      const kept = new Map(next?.elements.map((element) => [nameOf(element), element.value]));
      for (const element of before.elements) {
        const name = nameOf(element);
        if (ownerOf(name) !== key || (kept.has(name) && kept.get(name) === element.value)) continue;
        owners.set(name, undefined);
        pendingDeletes.set(name, element);
      }
    }
    const claims = [...fragments];
    for (const name of pendingDeletes.keys()) {
      if (!this.#contested.has(name)) continue;
      for (const [key, fragment] of this.#written) {
        if (!fragments.has(key) && fragment.elements.some((element) => nameOf(element) === name)) claims.push([key, fragment]);
      }
    }
    for (const [key, next] of claims) {
      const before = this.#written.get(key);
      if (next && next !== before) lines.chainsAndSets(before ?? emptyFragment, next, this.#emptied);
      for (const element of next?.elements ?? []) {
        const name = nameOf(element);
        const owner = ownerOf(name);
        if (owner === key) continue;
        if (owner !== undefined) {
          if (!element.map.startsWith("cluster-ips")) this.#refuse(name, key, owner);
          continue;
        }
        owners.set(name, key);
        lines.addElement(element);
      }
      if (!next && before) lines.chainsAndSets(before, emptyFragment, this.#emptied);
    }
    for (const [, element] of pendingDeletes) lines.deleteElement(element);
    return {
      script: lines.render(this.#emptied),
      sets: lines.newSets,
      commit: () => {
        for (const [name, owner] of owners) {
          if (owner === undefined) this.#owners.delete(name);
          else this.#owners.set(name, owner);
        }
        for (const [key, next] of fragments) {
          if (next) this.#written.set(key, next);
          else this.#written.delete(key);
        }
        lines.settle(this.#emptied);
      },
    };
  }

  #refuse(element: string, key: string, owner: string): void {
    if (this.#contested.has(element)) return;
    this.#contested.add(element);
    this.#logger.warn("two services claim the same address and port; the first keeps it", { element, service: key, first: owner });
  }

  /** Session affinity as the old table remembers it, for the sets that the new one has too. */
  async #remembered(sets: ReadonlySet<string>): Promise<string[]> {
    if (sets.size === 0) return [];
    const items = await nftList(this.#run, "sets", "inet");
    const old = items.flatMap(({ set }) => (set && set.table === this.#table && sets.has(set.name) ? [set] : []));
    return old.flatMap((set) => {
      const elements = rememberedElements(set);
      return elements.length > 0 ? [`add element inet ${this.#table} ${set.name} { ${elements.join(", ")} }`] : [];
    });
  }
}

interface Changes {
  script: string[];
  sets: ReadonlySet<string>;
  /** To be called when the kernel has it. */
  commit(): void;
}

function nameOf(element: MapElement): string {
  return `${element.map} ${element.key}`;
}

function rememberedElements(set: NftSet): string[] {
  return (set.elem ?? []).flatMap((entry) => {
    const { val, expires } = (entry as { elem?: { val?: unknown; expires?: unknown } }).elem ?? {};
    return typeof val === "string" && typeof expires === "number" && expires > 0 ? [`${val} expires ${expires}s`] : [];
  });
}

interface Emptied {
  chains: Set<string>;
  sets: Set<string>;
}

/** The commands of one transaction, in the order in which nothing is used before it exists. */
class TransactionLines {
  readonly newSets = new Set<string>();
  readonly #table: string;
  readonly #declarations: string[] = [];
  readonly #flushes: string[] = [];
  readonly #rules: string[] = [];
  readonly #deletes = new Map<string, string[]>();
  readonly #adds = new Map<string, string[]>();
  readonly #goneChains: string[] = [];
  readonly #goneSets: string[] = [];
  readonly #revived = { chains: new Set<string>(), sets: new Set<string>() };
  #swept: { chains: string[]; sets: string[] } = { chains: [], sets: [] };

  constructor(table: string) {
    this.#table = `inet ${table}`;
  }

  chainsAndSets(before: Fragment, next: Fragment, emptied: Emptied): void {
    const oldChains = new Map(before.chains.map((chain) => [chain.name, chain.rules]));
    const oldSets = new Set(before.sets.map((set) => set.name));
    for (const set of next.sets) {
      if (oldSets.delete(set.name)) continue;
      if (emptied.sets.has(set.name)) this.#revived.sets.add(set.name);
      else this.#declarations.push(`add set ${this.#table} ${set.name} { ${set.definition} }`);
      this.newSets.add(set.name);
    }
    for (const chain of next.chains) {
      const old = oldChains.get(chain.name);
      oldChains.delete(chain.name);
      if (old && sameRules(old, chain.rules)) continue;
      if (old) this.#flushes.push(`flush chain ${this.#table} ${chain.name}`);
      else if (emptied.chains.has(chain.name)) this.#revived.chains.add(chain.name);
      else this.#declarations.push(`add chain ${this.#table} ${chain.name}`);
      for (const rule of chain.rules) this.#rules.push(`add rule ${this.#table} ${chain.name} ${rule}`);
    }
    for (const name of oldChains.keys()) {
      this.#flushes.push(`flush chain ${this.#table} ${name}`);
      this.#goneChains.push(name);
    }
    this.#goneSets.push(...oldSets);
  }

  addElement({ map, key, value }: MapElement): void {
    push(this.#adds, map, value === undefined ? key : `${key} : ${value}`);
  }

  deleteElement({ map, key }: MapElement): void {
    push(this.#deletes, map, key);
  }

  render(emptied: Emptied): string[] {
    const script = [
      ...this.#declarations,
      ...this.#flushes,
      ...this.#rules,
      ...this.#elements("delete", this.#deletes),
      ...this.#elements("add", this.#adds),
    ];
    this.#swept = {
      chains: [...emptied.chains].filter((name) => !this.#revived.chains.has(name)),
      sets: [...emptied.sets].filter((name) => !this.#revived.sets.has(name)),
    };
    for (const name of this.#swept.chains) script.push(`delete chain ${this.#table} ${name}`);
    for (const name of this.#swept.sets) script.push(`delete set ${this.#table} ${name}`);
    return script;
  }

  settle(emptied: Emptied): void {
    for (const name of [...this.#swept.chains, ...this.#revived.chains]) emptied.chains.delete(name);
    for (const name of [...this.#swept.sets, ...this.#revived.sets]) emptied.sets.delete(name);
    for (const name of this.#goneChains) emptied.chains.add(name);
    for (const name of this.#goneSets) emptied.sets.add(name);
  }

  *#elements(verb: "add" | "delete", byMap: ReadonlyMap<string, readonly string[]>): Generator<string> {
    for (const [map, elements] of byMap) {
      for (let from = 0; from < elements.length; from += elementsPerCommand) {
        yield `${verb} element ${this.#table} ${map} { ${elements.slice(from, from + elementsPerCommand).join(", ")} }`;
      }
    }
  }
}

function sameRules(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((rule, index) => rule === b[index]);
}

function push(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
