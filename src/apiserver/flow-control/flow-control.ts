import type { FlowSchema, PriorityLevelConfiguration } from "../../api/flowcontrol/v1.ts";
import type { Clock, Timer } from "../../machinery/clock.ts";
import type { Store, Subscription } from "../../storage/store.ts";
import type { ResourceCatalog } from "../catalog.ts";
import { Overloaded } from "../limit.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { ApiRequest, Identity } from "../request.ts";
import type { RequestInfo } from "../route.ts";
import { shareSeats } from "./borrowing.ts";
import type { Visit } from "./fair-queues.ts";
import type { Flow } from "./flow.ts";
import { compileFlowSchema } from "./flow-schema-rules.ts";
import { FlowTallies, type RejectReason } from "./flow-tallies.ts";
import { mandatoryLevels, mandatorySchemas } from "./mandatory.ts";
import { PriorityLevel } from "./priority-level.ts";
import { WorkEstimator } from "./work-estimate.ts";

const group = "flowcontrol.apiserver.k8s.io";
const schemaResource = `flowschemas.${group}`;
const levelResource = `prioritylevelconfigurations.${group}`;

const readingVerbs = new Set(["get", "list", "watch"]);

/** How often seats are lent anew. */
const periodMilliseconds = 10_000;

interface FlowControlDeps {
  store: Store;
  objects: ObjectReader;
  catalog: ResourceCatalog;
  clock: Clock;
  /** How many seats the server has in all. */
  seats: number;
  /** How long a request may wait for its turn. */
  waitMilliseconds: number;
}

/**
 * API Priority and Fairness: flow schemas sort requests into priority levels, each of which has seats of its own, lends those that it
 * doesn't need, and lets flows take turns when there are too few.
 */
export class FlowControl {
  readonly #deps: FlowControlDeps;
  readonly #levels = new Map<string, PriorityLevel>();
  readonly #subscriptions: Subscription[];
  readonly #estimator: WorkEstimator;
  readonly #tallies = new Map<string, FlowTallies>();
  #flows: readonly Flow[] = [];
  #isStale = true;
  #period: Timer | undefined;
  /** How many requests wait for their turn. */
  readonly waiting = { reads: 0, writes: 0 };
  /** The part of its target that each level got last. */
  fairFraction = 0;

  constructor(deps: FlowControlDeps) {
    this.#deps = deps;
    this.#estimator = new WorkEstimator(deps.store, deps.catalog);
    this.#subscriptions = [schemaResource, levelResource].map((resource) =>
      deps.objects.subscribe(resource, () => {
        this.#isStale = true;
      }),
    );
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#period?.cancel();
  }

  /** The levels by name, those that go with them. */
  levels(): PriorityLevel[] {
    this.#refresh();
    return [...this.#levels.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** What was counted for each flow schema and level. */
  tallies(): Iterable<[labels: { flow_schema: string; priority_level: string }, tallies: FlowTallies]> {
    return Array.from(this.#tallies, ([key, tallies]) => {
      const [flowSchema = "", level = ""] = key.split(" ");
      return [{ flow_schema: flowSchema, priority_level: level }, tallies];
    });
  }

  classify(user: Identity, info: RequestInfo): Flow {
    this.#refresh();
    for (const flow of this.#flows) if (flow.matches(user, info)) return flow;
    return this.#flows.at(-1) as Flow;
  }

  watchOpened(info: RequestInfo): () => void {
    return this.#estimator.watchOpened(info);
  }

  /** Gives the request its seats, when its turn has come, and what frees them. Throws `Overloaded`, or rejects with it. */
  enter(flow: Flow, user: Identity, request: ApiRequest, info: RequestInfo): (() => void) | Promise<() => void> {
    const { level } = flow;
    const { clock } = this.#deps;
    const work = level.isExempt ? undefined : this.#estimator.estimate(info, request, level.maxSeatsPerRequest);
    const visit: Visit = {
      place: -1,
      flow,
      user: user.name,
      distinguisher: flow.distinguisher(user, info),
      info,
      seats: work?.seats ?? 1,
      finalSeats: work?.finalSeats ?? 0,
      latencyMilliseconds: work?.latencyMilliseconds ?? 0,
      arrived: clock.now(),
      started: undefined,
      queue: undefined,
      arrivedAtProgress: 0,
      go: undefined,
    };
    const watchers = this.#estimator.watchersOf(info);
    if (watchers !== undefined) flow.tallies.watchers.observe(watchers);
    this.#period ??= clock.setTimeout(() => this.#endPeriod(), periodMilliseconds);
    const outcome = level.enter(visit);
    if (outcome === true) return () => level.leave(visit);
    if (outcome === "waits") return this.#wait(level, visit, request.signal);
    throw refusal(level, outcome);
  }

  #wait(level: PriorityLevel, visit: Visit, signal: AbortSignal | undefined): Promise<() => void> {
    const kind = readingVerbs.has(visit.info.verb) ? "reads" : "writes";
    this.waiting[kind]++;
    return new Promise((resolve, reject) => {
      const giveUp = (reason: "time-out" | "cancelled") => {
        settle();
        level.giveUp(visit, reason);
        reject(refusal(level, reason));
      };
      const timer = this.#deps.clock.setTimeout(() => giveUp("time-out"), this.#deps.waitMilliseconds);
      const onAbort = () => giveUp("cancelled");
      const settle = () => {
        this.waiting[kind]--;
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
      };
      visit.go = () => {
        settle();
        resolve(() => level.leave(visit));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Reads the configuration when it has changed: seldom. */
  #refresh(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const { objects, clock, seats } = this.#deps;
    const configured = new Map(mandatoryLevels.map((level) => [level.metadata.name as string, level]));
    for (const { value } of objects.list(levelResource)) {
      configured.set(value.metadata.name as string, value as unknown as PriorityLevelConfiguration);
    }
    // A level that is gone stays as long as requests are in it.
    for (const level of this.#levels.values()) {
      if (configured.has(level.name)) continue;
      level.isQuiescing = true;
      if (level.isIdle) this.#levels.delete(level.name);
    }
    const shares = (level: PriorityLevelConfiguration) => (level.spec?.limited ?? level.spec?.exempt)?.nominalConcurrencyShares ?? 0;
    const sum = [...configured.values()].reduce((all, level) => all + shares(level), 0);
    for (const [name, level] of configured) {
      const commons = level.spec?.limited ?? level.spec?.exempt;
      const nominal = sum === 0 ? 0 : Math.ceil((seats * shares(level)) / sum);
      const lendable = Math.round((nominal * (commons?.lendablePercent ?? 0)) / 100);
      const percent = level.spec?.limited?.borrowingLimitPercent;
      const borrowing = percent === undefined ? seats : Math.round((nominal * percent) / 100);
      let state = this.#levels.get(name);
      if (!state) {
        state = new PriorityLevel(name, clock);
        this.#levels.set(name, state);
      }
      state.configure(level, { nominal, min: nominal - lendable, max: nominal + borrowing });
      state.dispatch();
    }
    this.#flows = this.#readSchemas();
  }

  #readSchemas(): Flow[] {
    const schemas = new Map(mandatorySchemas.map((schema) => [schema.metadata.name as string, schema]));
    for (const { value } of this.#deps.objects.list(schemaResource)) {
      schemas.set(value.metadata.name as string, value as unknown as FlowSchema);
    }
    const precedence = ({ spec }: FlowSchema) => spec?.matchingPrecedence ?? 0;
    const flows: Flow[] = [];
    for (const schema of [...schemas.values()].sort(
      (a, b) => precedence(a) - precedence(b) || ((a.metadata.name as string) < (b.metadata.name as string) ? -1 : 1),
    )) {
      const level = this.#levels.get(schema.spec?.priorityLevelConfiguration.name ?? "");
      // A schema that dangles takes no requests.
      if (level && !level.isQuiescing) flows.push(this.#flowOf(schema, level));
    }
    return flows;
  }

  #flowOf(schema: FlowSchema, level: PriorityLevel): Flow {
    const name = schema.metadata.name as string;
    const key = `${name} ${level.name}`;
    let tallies = this.#tallies.get(key);
    if (!tallies) {
      tallies = new FlowTallies();
      this.#tallies.set(key, tallies);
    }
    const method = schema.spec?.distinguisherMethod?.type;
    return {
      name,
      uid: schema.metadata.uid ?? "",
      level,
      matches: compileFlowSchema(schema),
      distinguisher: method === "ByUser" ? (user) => user.name : method === "ByNamespace" ? (_user, info) => info.namespace : () => "",
      tallies,
    };
  }

  /** Lends seats by what was wanted in the period. A server without requests has no periods. */
  #endPeriod(): void {
    this.#period = undefined;
    // Levels that are left and whose last request has gone are dropped here.
    for (const level of this.#levels.values()) if (level.isQuiescing && level.isIdle) this.#levels.delete(level.name);
    const levels = [...this.#levels.values()];
    for (const level of levels) level.endPeriod();
    this.#lend(levels);
    for (const level of levels) level.dispatch();
    const isQuiet = levels.every((level) => level.isIdle && level.smoothedDemand < 0.5);
    if (!isQuiet) this.#period = this.#deps.clock.setTimeout(() => this.#endPeriod(), periodMilliseconds);
  }

  #lend(levels: readonly PriorityLevel[]): void {
    const needed = ({ limits, figures }: PriorityLevel) => Math.max(limits.min, Math.min(limits.nominal, figures.highWatermark));
    const nominalSum = levels.reduce((sum, { limits }) => sum + limits.nominal, 0);
    let left = nominalSum;
    for (const level of levels) {
      if (!level.isExempt) continue;
      level.currentLimit = Math.max(level.limits.min, level.figures.highWatermark);
      level.target = level.currentLimit;
      left -= level.currentLimit;
    }
    const limited = levels.filter(({ isExempt }) => !isExempt);
    const minSum = limited.reduce((sum, { limits }) => sum + limits.min, 0);
    const neededSum = limited.reduce((sum, level) => sum + needed(level), 0);
    for (const level of limited) level.target = Math.max(needed(level), level.smoothedDemand);
    this.fairFraction = 0;
    if (left <= neededSum) {
      const part = left <= minSum ? 0 : (left - minSum) / (neededSum - minSum);
      for (const level of limited) level.currentLimit = level.limits.min + Math.round((needed(level) - level.limits.min) * part);
      return;
    }
    const shared = shareSeats(
      nominalSum,
      limited.map((level) => ({ lower: needed(level), upper: level.limits.max, target: level.target })),
    );
    if (!shared) return;
    this.fairFraction = shared.fraction;
    for (const [at, level] of limited.entries()) level.currentLimit = Math.round(shared.seats[at] as number);
  }
}

function refusal(level: PriorityLevel, reason: RejectReason): Overloaded {
  return new Overloaded(level.retryAfter.seconds, reason);
}
