import type { Lease, LeaseSpec } from "../api/coordination/v1.ts";
import { leases } from "../api/refs.ts";
import { anySignal } from "../machinery/any-signal.ts";
import { formatMicroTime, pause } from "../machinery/clock.ts";
import { isConflict, isNotFound } from "../machinery/errors.ts";
import { deepEqual } from "../machinery/object.ts";
import type { Component, ComponentDeps } from "./client.ts";

/** Of `startLeaderElection`. */
export interface LeaderElectionOptions {
  deps: ComponentDeps;
  /** The lease: `kube-system`, `kube-scheduler`. */
  namespace: string;
  name: string;
  /** Who this candidate is; differs between any two. */
  identity: string;
  /** How long others wait for a leader that is silent. 15 unless told. */
  leaseDurationSeconds?: number;
  /** How long a leader tries to renew before it steps down. 10 unless told. */
  renewDeadlineSeconds?: number;
  /** 2 unless told. */
  retryPeriodSeconds?: number;
  /**
   * What the leader does. The signal is aborted when it must not go on, five seconds before others may take over; the lease is
   * given back, and sought again, when the promise has settled. Rejecting is logged and steps down.
   */
  lead(signal: AbortSignal): Promise<void>;
  /** Called with each leader that is seen, this one too. */
  onNewLeader?(identity: string): void;
}

/** A candidate, and what it knows of the lease. */
export interface LeaderElector extends Component {
  readonly isLeader: boolean;
  /** Who holds the lease, as last seen; empty when nobody does. */
  readonly leader: string;
}

/**
 * Seeks a lease for ever, as client-go's leader election: what counts is how long the record has not changed by this candidate's own
 * clock, never another's time. `stop` ends leading first and then gives the lease back.
 */
export function startLeaderElection(options: LeaderElectionOptions): LeaderElector {
  return new Elector(options);
}

class Elector implements LeaderElector {
  readonly #options: LeaderElectionOptions;
  readonly #durationSeconds: number;
  readonly #renewMilliseconds: number;
  readonly #retryMilliseconds: number;
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #running: Promise<void>;
  #observed: Lease | undefined;
  #observedAt = 0;
  #reported = "";
  #leading = false;

  constructor(options: LeaderElectionOptions) {
    const { deps, leaseDurationSeconds = 15, renewDeadlineSeconds = 10, retryPeriodSeconds = 2 } = options;
    if (leaseDurationSeconds <= renewDeadlineSeconds) throw new Error("leaseDuration must be greater than renewDeadline");
    // Upstream's jitter factor: a deadline within it would leave no second try.
    if (renewDeadlineSeconds <= 1.2 * retryPeriodSeconds) throw new Error("renewDeadline must be greater than retryPeriod*JitterFactor");
    this.#options = options;
    this.#durationSeconds = leaseDurationSeconds;
    this.#renewMilliseconds = renewDeadlineSeconds * 1000;
    this.#retryMilliseconds = retryPeriodSeconds * 1000;
    this.#signal = anySignal(deps.signal, this.#stopping.signal);
    this.#running = this.#run();
  }

  get isLeader(): boolean {
    return this.#leading;
  }

  get leader(): string {
    return this.#observed?.spec?.holderIdentity ?? "";
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options.deps;
    while (!this.#signal.aborted) {
      if (await this.#tryWithin(this.#renewMilliseconds)) await this.#lead();
      await pause(clock, this.#retryMilliseconds * (1 + 1.2 * random.next()), this.#signal);
    }
  }

  async #lead(): Promise<void> {
    const { deps, identity, name } = this.#options;
    const logger = deps.logger.child({ lease: name, identity });
    const over = new AbortController();
    const onStop = () => over.abort(this.#signal.reason);
    this.#signal.addEventListener("abort", onStop, { once: true });
    if (this.#signal.aborted) onStop();
    this.#leading = true;
    logger.info("became leader");
    const work = (async () => this.#options.lead(over.signal))()
      .catch((error: unknown) => {
        if (!over.signal.aborted) logger.error("leader failed, stepping down", { error: textOf(error) });
      })
      .finally(() => over.abort(new Error("leading has ended")));
    await this.#renewUntil(over.signal);
    if (!over.signal.aborted) {
      logger.error("leader election lost");
      over.abort(new Error("leader election lost"));
    }
    await work;
    this.#leading = false;
    this.#signal.removeEventListener("abort", onStop);
    await this.#release();
  }

  /** Renews every retry period; resolves when that has failed for the deadline, or at the signal. */
  async #renewUntil(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.deps;
    let renewedAt = clock.now();
    while (!signal.aborted) {
      const waitMilliseconds = Math.min(this.#retryMilliseconds, renewedAt + this.#renewMilliseconds - clock.now());
      if (waitMilliseconds > 0) await pause(clock, waitMilliseconds, signal);
      const left = renewedAt + this.#renewMilliseconds - clock.now();
      if (signal.aborted || left <= 0) return;
      if (await this.#tryWithin(left, signal)) renewedAt = clock.now();
      else if (this.leader !== "" && this.leader !== this.#options.identity) return;
    }
  }

  /** One try, cut off when its time is over. False on any failure. */
  async #tryWithin(milliseconds: number, signal: AbortSignal = this.#signal): Promise<boolean> {
    const { clock, logger } = this.#options.deps;
    const limit = new AbortController();
    const timer = clock.setTimeout(() => limit.abort(new Error("timed out")), milliseconds);
    try {
      return await this.#acquireOrRenew(AbortSignal.any([signal, limit.signal]));
    } catch (error) {
      // Conflict: another candidate was faster; the next look shows which.
      if (!signal.aborted) {
        const level = isConflict(error) ? "debug" : "warn";
        logger[level]("failed to acquire or renew the lease", { lease: this.#options.name, error: textOf(error) });
      }
      return false;
    } finally {
      timer.cancel();
    }
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { deps, namespace, name, identity } = this.#options;
    const { client, clock } = deps;
    // Who leads needs no look: a conflict tells of a change.
    if (this.#leading && this.#observed) {
      try {
        this.#observe(await client.update(leases, this.#record(this.#observed, this.#observed.spec), { signal }));
        return true;
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) throw error;
      }
    }
    let lease: Lease;
    try {
      lease = await client.get(leases, name, { namespace, signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#observe(await client.create(leases, this.#record({ metadata: { namespace, name } }), { signal }));
      return true;
    }
    this.#observe(lease);
    const { holderIdentity = "", leaseDurationSeconds = this.#durationSeconds } = lease.spec ?? {};
    const isMine = holderIdentity === identity;
    if (holderIdentity !== "" && !isMine && this.#observedAt + leaseDurationSeconds * 1000 > clock.now()) return false;
    this.#observe(await client.update(leases, this.#record(lease, isMine ? lease.spec : undefined), { signal }));
    return true;
  }

  /** The lease as held by this candidate from now on; `mine` is its own record to be renewed. */
  #record(lease: Lease, mine?: LeaseSpec): Lease {
    const now = formatMicroTime(this.#options.deps.clock.now());
    const transitions = lease.spec?.leaseTransitions ?? 0;
    const taken = lease.spec === undefined ? transitions : transitions + 1;
    return {
      ...lease,
      spec: {
        ...lease.spec,
        holderIdentity: this.#options.identity,
        leaseDurationSeconds: this.#durationSeconds,
        acquireTime: mine?.acquireTime ?? now,
        renewTime: now,
        leaseTransitions: mine ? transitions : taken,
      },
    };
  }

  #observe(lease: Lease): void {
    if (!deepEqual(this.#observed?.spec, lease.spec)) this.#observedAt = this.#options.deps.clock.now();
    this.#observed = lease;
    const leader = this.leader;
    if (leader === this.#reported) return;
    this.#reported = leader;
    if (leader !== "") this.#options.onNewLeader?.(leader);
  }

  /** Gives the lease back, so that others need not wait. The stop has come, so the call has a time limit of its own. */
  async #release(): Promise<void> {
    const { deps, identity, name } = this.#options;
    const held = this.#observed;
    if (!held || held.spec?.holderIdentity !== identity) return;
    const limit = new AbortController();
    const timer = deps.clock.setTimeout(() => limit.abort(new Error("timed out")), this.#renewMilliseconds);
    const now = formatMicroTime(deps.clock.now());
    const { leaseTransitions = 0 } = held.spec;
    const spec: LeaseSpec = { holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions };
    try {
      this.#observe(await deps.client.update(leases, { ...held, spec }, { signal: limit.signal }));
    } catch (error) {
      deps.logger.warn("failed to release the lease", { lease: name, error: textOf(error) });
    } finally {
      timer.cancel();
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
