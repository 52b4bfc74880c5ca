import type { Clock } from "../machinery/clock.ts";
import type { HistogramTally } from "../machinery/metrics.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { EmptyValues } from "../machinery/schema/empty-values.ts";
import type { AuditAnnotations } from "./audit/annotations.ts";
import type { ServedResource } from "./catalog.ts";
import type { AdmissionMetrics, AdmissionStep } from "./metrics/admission-metrics.ts";
import type { Identity } from "./request.ts";

export type AdmissionOperation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** The managedFields text of an object, which lies beside it. Undefined text: nobody owns anything. */
export interface Ownership {
  text: string | undefined;
}

/** What the mutating plug-ins of one request tell each other. */
export interface Reinvocation {
  /** The plug-ins run once more. */
  isSecondRound: boolean;
  /** They shall. */
  wanted: boolean;
  /** What a plug-in keeps from the first round to the second. */
  readonly kept: Map<string, unknown>;
}

/** What admission is asked about. */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  readonly resource: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  /** Empty while a name is still to be generated. */
  readonly name: string;
  /** The new state (or the body of a subresource); mutating plug-ins change it in place. Absent on DELETE. */
  readonly object: AnyObject | undefined;
  readonly old: Readonly<AnyObject> | undefined;
  /** Of `object`; mutating plug-ins may change it too. */
  readonly managed?: Ownership;
  /** The empty lists and maps that a new object came with, which `object` doesn't have. */
  readonly empties?: EmptyValues;
  /** The managedFields text of `old`. */
  readonly oldManaged?: string | undefined;
  /** One of many that a request deletes without naming it. */
  readonly isOneOfCollection?: boolean;
  readonly user: Identity;
  readonly dryRun: boolean;
  /** Of the request: takes the time that webhooks take. */
  readonly elsewhere?: { elsewhereMilliseconds?: number };
  /** `CreateOptions`, `UpdateOptions` or `DeleteOptions` of meta.k8s.io/v1. */
  options?(): AnyObject | undefined;
  warn(text: string): void;
  /** For the audit event; absent where nobody audits the request. */
  readonly annotations?: AuditAnnotations;
  /** Made by the first plug-in that needs it. */
  reinvocation?: Reinvocation;
}

export function reinvocationOf(attributes: AdmissionAttributes): Reinvocation {
  attributes.reinvocation ??= { isSecondRound: false, wanted: false, kept: new Map() };
  return attributes.reinvocation;
}

/**
 * One in-process admission plug-in. A plug-in refuses by throwing a `StatusError`. `admit` runs before validation and may change
 * the object, `validate` after and may not.
 */
export interface AdmissionPlugin {
  /** Upstream's name. */
  readonly name: string;
  /** It runs what others have written, which may take its time. */
  readonly evaluates?: boolean;
  /** The qualified resource names it looks at; absent: all. */
  readonly resources?: readonly string[];
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

/** What runs of one step for one operation on one kind. */
interface Step {
  readonly operation: AdmissionOperation;
  readonly type: AdmissionStep;
  readonly plugins: readonly AdmissionPlugin[];
  /** Where each plug-in's time is counted when it refuses nothing. */
  readonly tallies: readonly HistogramTally[];
  readonly whole: HistogramTally;
}

/** The plug-ins in their order. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #metrics: AdmissionMetrics;
  readonly #clock: Clock;
  readonly #byResource = new Map<string, Step[]>();

  constructor(plugins: readonly AdmissionPlugin[], metrics: AdmissionMetrics, clock: Clock) {
    this.#plugins = plugins;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** Undefined when no plug-in had to wait: the common case stays synchronous. */
  admit(attributes: AdmissionAttributes): Promise<void> | undefined {
    const step = this.#step(attributes, "admit");
    const secondRound = () => {
      const { reinvocation } = attributes;
      if (!reinvocation?.wanted) return undefined;
      reinvocation.isSecondRound = true;
      return this.#run(step, attributes);
    };
    const running = this.#run(step, attributes);
    return running ? running.then(secondRound) : secondRound();
  }

  validate(attributes: AdmissionAttributes): Promise<void> | undefined {
    return this.#run(this.#step(attributes, "validate"), attributes);
  }

  #step({ resource, operation }: AdmissionAttributes, type: AdmissionStep): Step {
    let steps = this.#byResource.get(resource.qualifiedName);
    if (!steps) {
      steps = [];
      this.#byResource.set(resource.qualifiedName, steps);
    }
    for (const step of steps) if (step.operation === operation && step.type === type) return step;
    const plugins = this.#plugins.filter((plugin) => plugin[type] && (plugin.resources?.includes(resource.qualifiedName) ?? true));
    const step: Step = {
      operation,
      type,
      plugins,
      tallies: plugins.map(({ name }) => this.#metrics.ofPlugin(name, operation, type, false)),
      whole: this.#metrics.ofStep(operation, type, false),
    };
    steps.push(step);
    return step;
  }

  /** Runs the plug-ins from one on, and counts the time of each and of all. One that waits for nobody takes none that a clock tells. */
  #run(step: Step, attributes: AdmissionAttributes, from = 0, began = this.#clock.now()): Promise<void> | undefined {
    const { plugins, tallies, type } = step;
    for (let at = from; at < plugins.length; at++) {
      const plugin = plugins[at] as AdmissionPlugin;
      const tally = tallies[at] as HistogramTally;
      const started = plugin.evaluates ? this.#clock.now() : undefined;
      let waiting: void | Promise<void>;
      try {
        waiting = plugin[type]?.(attributes);
      } catch (error) {
        this.#refused(step, at, began, started);
        throw error;
      }
      if (waiting) {
        const since = started ?? this.#clock.now();
        return waiting.then(
          () => {
            tally.observe((this.#clock.now() - since) / 1000);
            return this.#run(step, attributes, at + 1, began);
          },
          (error: unknown) => {
            this.#refused(step, at, began, since);
            throw error;
          },
        );
      }
      tally.observe(started === undefined ? 0 : (this.#clock.now() - started) / 1000);
    }
    step.whole.observe((this.#clock.now() - began) / 1000);
    return undefined;
  }

  #refused({ plugins, operation, type }: Step, at: number, began: number, since: number | undefined): void {
    const now = this.#clock.now();
    this.#metrics.ofPlugin((plugins[at] as AdmissionPlugin).name, operation, type, true).observe((now - (since ?? now)) / 1000);
    this.#metrics.ofStep(operation, type, true).observe((now - began) / 1000);
  }
}
