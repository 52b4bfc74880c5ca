import type { AnyObject } from "../machinery/object.ts";
import type { EmptyValues } from "../machinery/schema/empty-values.ts";
import type { AuditAnnotations } from "./audit/annotations.ts";
import type { ServedResource } from "./catalog.ts";
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
  /** The qualified resource names it looks at; absent: all. */
  readonly resources?: readonly string[];
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

interface Selected {
  admit: AdmissionPlugin[];
  validate: AdmissionPlugin[];
}

/** The plug-ins in their order. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #byResource = new Map<string, Selected>();

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  /** Undefined when no plug-in had to wait: the common case stays synchronous. */
  admit(attributes: AdmissionAttributes): Promise<void> | undefined {
    const { admit } = this.#select(attributes);
    const secondRound = () => {
      const { reinvocation } = attributes;
      if (!reinvocation?.wanted) return undefined;
      reinvocation.isSecondRound = true;
      return runAll(admit, 0, (plugin) => plugin.admit?.(attributes));
    };
    const running = runAll(admit, 0, (plugin) => plugin.admit?.(attributes));
    return running ? running.then(secondRound) : secondRound();
  }

  validate(attributes: AdmissionAttributes): Promise<void> | undefined {
    return runAll(this.#select(attributes).validate, 0, (plugin) => plugin.validate?.(attributes));
  }

  #select({ resource }: AdmissionAttributes): Selected {
    let selected = this.#byResource.get(resource.qualifiedName);
    if (!selected) {
      const fitting = this.#plugins.filter(({ resources }) => !resources || resources.includes(resource.qualifiedName));
      selected = { admit: fitting.filter((plugin) => plugin.admit), validate: fitting.filter((plugin) => plugin.validate) };
      this.#byResource.set(resource.qualifiedName, selected);
    }
    return selected;
  }
}

function runAll(
  plugins: readonly AdmissionPlugin[],
  start: number,
  run: (plugin: AdmissionPlugin) => void | Promise<void>,
): Promise<void> | undefined {
  for (let i = start; i < plugins.length; i++) {
    const waiting = run(plugins[i] as AdmissionPlugin);
    if (waiting) return waiting.then(() => runAll(plugins, i + 1, run));
  }
  return undefined;
}
