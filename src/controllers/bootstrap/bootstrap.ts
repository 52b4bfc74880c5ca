import {
  apiservices,
  clusterrolebindings,
  clusterroles,
  flowschemas,
  namespaces,
  priorityclasses,
  prioritylevelconfigurations,
  rolebindings,
  roles,
} from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { pause } from "../../machinery/clock.ts";
import { isAlreadyExists } from "../../machinery/errors.ts";
import { type KubeObject, keyOf } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import { flowControlProducer, reconciled } from "../flowcontrol/flow-control-configuration.ts";
import { localApiServices } from "./api-services.ts";
import { ensureKubernetesService, ensureServiceRange, type KubernetesServiceOptions } from "./kubernetes-service.ts";
import bootstrapObjects from "./objects.json" with { type: "json" };
import { reconcileBinding, reconcileRole } from "./rbac.ts";
import { ensureSystemConfigMaps, type FrontProxy } from "./system-config-maps.ts";

/** The namespaces that every cluster has. */
const systemNamespaces = ["kube-system", "kube-public", "kube-node-lease", "default"];

/** How soon after a write the namespaces and the `kubernetes` service are looked at again: as often, upstream does. */
const defaultReconcilePeriodSeconds = 10;

export interface BootstrapOptions {
  /** Ten seconds unless told. */
  reconcilePeriodSeconds?: number;
  /**
   * Resolves when a namespace, a service, or endpoints have been written since the last time that it did: until then, all is as it was.
   * Absent: nobody knows.
   */
  whenWritten?(signal: AbortSignal): Promise<void>;
  /** Absent: the cluster has no service addresses, so no `kubernetes` service either. */
  kubernetesService?: KubernetesServiceOptions;
  /** The certificates, as PEM, of who signs client certificates; absent: there are none. */
  clientAuthority?: string;
  /** Who signs the certificate by which aggregated servers know this one, as PEM, and the name in it. */
  frontProxy?: FrontProxy;
}

/**
 * Keeps what every cluster has: system namespaces, bootstrap roles and bindings, priority classes, flow schemas, two config
 * maps, and the `kubernetes` service with its endpoints. `ready` resolves when all of it is there for the first time.
 */
export function startBootstrap(deps: ComponentDeps & { options: BootstrapOptions }): Component & { ready: Promise<void> } {
  const abort = new AbortController();
  const signal = anySignal(deps.signal, abort.signal);
  let announce: () => void;
  const ready = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const running = loop();
  return {
    ready,
    async stop() {
      abort.abort();
      await running;
    },
  };

  async function loop(): Promise<void> {
    let complete = false;
    const reconcileMilliseconds = (deps.options.reconcilePeriodSeconds ?? defaultReconcilePeriodSeconds) * 1000;
    while (!signal.aborted) {
      try {
        await ensureNamespaces(deps);
        if (!complete) {
          await ensureBootstrapObjects(deps);
          await ensureSystemConfigMaps(deps.client, deps.clock, deps.options);
          const range = deps.options.kubernetesService?.serviceRange;
          if (range) await ensureServiceRange(deps, range);
          complete = true;
        }
        if (deps.options.kubernetesService) await ensureKubernetesService(deps.client, deps.options.kubernetesService);
        announce();
      } catch (error) {
        if (signal.aborted) break;
        deps.logger.warn("bootstrap objects could not be ensured; trying again", { error });
      }
      if (complete) await deps.options.whenWritten?.(signal);
      await pause(deps.clock, complete ? reconcileMilliseconds : 1000, signal);
    }
  }
}

async function ensureNamespaces({ client }: ComponentDeps): Promise<void> {
  const { items } = await client.list(namespaces);
  const present = new Set(items.map((namespace) => namespace.metadata.name));
  for (const name of systemNamespaces) {
    if (present.has(name)) continue;
    await createUnlessPresent(client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  }
}

async function createUnlessPresent(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function ensureBootstrapObjects(deps: ComponentDeps): Promise<void> {
  const objects = bootstrapObjects as unknown as Record<string, KubeObject[]>;
  await Promise.all([
    reconcileAll(deps, clusterroles, objects.clusterroles, reconcileRole),
    reconcileAll(deps, roles, objects.roles, reconcileRole),
    reconcileAll(deps, clusterrolebindings, objects.clusterrolebindings, reconcileBinding),
    reconcileAll(deps, rolebindings, objects.rolebindings, reconcileBinding),
    reconcileAll(deps, priorityclasses, objects.priorityclasses, () => undefined),
    reconcileAll(deps, apiservices, localApiServices(), () => undefined),
    reconcileAll(deps, flowschemas, objects.flowschemas, reconciled, flowControlProducer),
    reconcileAll(deps, prioritylevelconfigurations, objects.prioritylevelconfigurations, reconciled, flowControlProducer),
  ]);
}

/** One list, then a write only for what is missing or has changed: a restart costs no writes. */
async function reconcileAll<T extends KubeObject>(
  { client }: ComponentDeps,
  ref: ResourceRef<T>,
  wanted: KubeObject[] | undefined,
  change: (current: T, wanted: T) => T | undefined,
  fieldManager?: string,
): Promise<void> {
  const options = fieldManager === undefined ? {} : { fieldManager };
  const { items } = await client.list(ref);
  const present = new Map(items.map((item) => [keyOf(item), item]));
  await Promise.all(
    ((wanted ?? []) as T[]).map(async (object) => {
      const current = present.get(keyOf(object));
      if (!current) return await createUnlessPresent(client.create(ref, object, options));
      const next = change(current, object);
      if (next) await client.update(ref, next, options);
    }),
  );
}
