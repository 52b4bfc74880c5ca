import type { AnyObject } from "../machinery/object.ts";
import type { ServedResource } from "./catalog.ts";
import type { Identity } from "./request.ts";

export type AdmissionOperation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

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
  readonly user: Identity;
  readonly dryRun: boolean;
  warn(text: string): void;
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
    return runAll(this.#select(attributes).admit, 0, (plugin) => plugin.admit?.(attributes));
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
