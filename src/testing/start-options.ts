import { type ControllerName, controllerNames } from "../cluster/controllers.ts";
import type { Logger } from "../machinery/logger.ts";
import { checkKeys } from "./known-keys.ts";
import { checkStage, type PodStage } from "./pod-stage.ts";

/** By upstream's names, with or without `-controller`: `deployment`, `replicaset`, `cronjob`, `garbage-collector` … */
export type Controller<Name extends string = ControllerName> = Name | (Name extends `${infer Short}-controller` ? Short : never);

/** Of `startCluster`: what runs, on which time, and what is there at the start. */
export interface StartOptions {
  /** A file that `save` has written: its cluster goes on. Other options count where they are given. */
  from?: string;
  /**
   * What acts on objects: nothing, `lifecycle` (deleted namespaces are emptied, orphans collected), all controllers and the scheduler,
   * or these alone. All unless told.
   */
  controllers?: "none" | "lifecycle" | "all" | readonly Controller[];
  /** Whether pods are given nodes: with `controllers: "all"` unless told. */
  scheduler?: boolean;
  /** How many simulated nodes there are: `simulated-1` and so on. None unless told. */
  nodes?: number;
  /** How pods fare on them; pods run at once, and jobs' pods end after a second, unless told. */
  stages?: readonly PodStage[];
  /** Virtual time moves only by `advance` and `until`; it begins at the same moment each time. Virtual unless told. */
  clock?: "virtual" | "real";
  /** When virtual time begins: the first of January 2026 unless told, or when a saved cluster was saved; not before that. */
  now?: Date | string | number;
  /** Names, uids and the order in which things happen derive from it: the same seed gives the same run. 1 unless told. */
  seed?: number;
  /** Files and directories of manifests that are applied at the start: CustomResourceDefinitions, webhook configurations, anything. */
  install?: string | readonly string[];
  /** Admission plug-ins that don't run, by upstream's names. `ServiceAccount` is among them where no service accounts are made. */
  disableAdmissionPlugins?: readonly string[];
  /** What components say. Nothing is printed unless told. */
  logger?: Logger;
}

const known: Readonly<Record<keyof StartOptions, true>> = {
  from: true,
  controllers: true,
  scheduler: true,
  nodes: true,
  stages: true,
  clock: true,
  now: true,
  seed: true,
  install: true,
  disableAdmissionPlugins: true,
  logger: true,
};

/** Throws a `TypeError` that says what is wrong with them, for who has no types to be told by. */
export function checkStartOptions(options: StartOptions): void {
  checkKeys("startCluster", options, known);
  const { clock = "virtual", nodes = 0, now, stages = [] } = options;
  if (clock !== "virtual" && clock !== "real") throw new TypeError(`clock is "virtual" or "real"; not ${JSON.stringify(clock)}`);
  if (!Number.isSafeInteger(nodes) || nodes < 0)
    throw new TypeError(`nodes is how many there are, 0 or more; not ${JSON.stringify(nodes)}`);
  if (now !== undefined && Number.isNaN(new Date(now).getTime()))
    throw new TypeError(`now is a date, such as "2026-03-28T00:00:00Z"; not ${JSON.stringify(now)}`);
  for (const stage of stages) checkStage(stage);
}

const lifecycle: readonly ControllerName[] = ["namespace-controller", "garbage-collector-controller"];

export interface Selection {
  controllers: readonly ControllerName[];
  scheduler: boolean;
}

/** What runs. Throws a `TypeError` that names what there is. */
export function selectionOf({ controllers = "all", scheduler }: StartOptions): Selection {
  if (controllers === "all") return { controllers: controllerNames, scheduler: scheduler ?? true };
  if (controllers === "none") return { controllers: [], scheduler: scheduler ?? false };
  if (controllers === "lifecycle") return { controllers: lifecycle, scheduler: scheduler ?? false };
  if (typeof controllers === "string")
    throw new TypeError(`controllers are "none", "lifecycle", "all", or a list of names; not "${controllers}"`);
  const names = controllers.map((name) => {
    const found = controllerNames.find((known) => known === name || known === `${name}-controller`);
    if (!found)
      throw new TypeError(
        `there is no controller "${name}"; there are: ${controllerNames.map((each) => each.replace(/-controller$/, "")).join(", ")}`,
      );
    return found;
  });
  return { controllers: names, scheduler: scheduler ?? false };
}
