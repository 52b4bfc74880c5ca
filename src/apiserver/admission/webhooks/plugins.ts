import { deepCopy, deepEqual } from "../../../machinery/object.ts";
import { type AdmissionAttributes, type AdmissionPlugin, reinvocationOf } from "../../admit.ts";
import type { ServedResource } from "../../catalog.ts";
import type { AdmissionStep } from "../../metrics/admission-metrics.ts";
import { applyWebhookPatch } from "./apply-patch.ts";
import type { Hook } from "./hook.ts";
import { callHook, counted, isLeftOut, settleFailure, type WebhookDeps } from "./hook-call.ts";
import { HookSource } from "./hook-source.ts";
import { isExempt, matchedResource } from "./match.ts";
import { convertedObjects } from "./reviewed-objects.ts";

/** The plug-ins that call webhooks. Whoever made them closes them. */
export interface WebhookPlugins {
  readonly mutating: AdmissionPlugin;
  readonly validating: AdmissionPlugin;
  close(): void;
}

export function createWebhookPlugins(deps: WebhookDeps): WebhookPlugins {
  const mutating = new HookSource(deps, "mutatingwebhookconfigurations");
  const validating = new HookSource(deps, "validatingwebhookconfigurations");
  return {
    mutating: {
      name: "MutatingAdmissionWebhook",
      admit: (attributes) => (concernsAny(deps, mutating.hooks, attributes) ? mutate(deps, mutating.hooks, attributes) : undefined),
    },
    validating: {
      name: "ValidatingAdmissionWebhook",
      validate: (attributes) =>
        concernsAny(deps, validating.hooks, attributes) ? validate(deps, validating.hooks, attributes) : undefined,
    },
    close() {
      mutating.close();
      validating.close();
    },
  };
}

interface Relevant {
  hook: Hook;
  resource: ServedResource;
}

/** The webhook with the version that it is asked in; undefined when it isn't asked. */
async function relevant(
  deps: WebhookDeps,
  hook: Hook,
  attributes: AdmissionAttributes,
  step: AdmissionStep,
): Promise<Relevant | undefined> {
  const resource = matchedResource(hook, attributes, deps.catalog, deps.objects);
  return resource && !(await isLeftOut(deps, hook, attributes, resource, step)) ? { hook, resource } : undefined;
}

/** Most requests are none of any webhook's business. */
function concernsAny(deps: WebhookDeps, hooks: readonly Hook[], attributes: AdmissionAttributes): boolean {
  return hooks.length > 0 && !isExempt(attributes) && hooks.some((hook) => matchedResource(hook, attributes, deps.catalog, deps.objects));
}

/** All at once: they change nothing, and the first in order that refuses is told. */
async function validate(deps: WebhookDeps, hooks: readonly Hook[], attributes: AdmissionAttributes): Promise<void> {
  const asked: Relevant[] = [];
  for (const hook of hooks) {
    const found = await relevant(deps, hook, attributes, "validate");
    if (found) asked.push(found);
  }
  await elsewhere(deps, attributes, () => askAll(deps, asked, attributes));
}

async function askAll(deps: WebhookDeps, asked: readonly Relevant[], attributes: AdmissionAttributes): Promise<void> {
  const results = await Promise.allSettled(
    asked.map(async ({ hook, resource }, index) => {
      try {
        const reviewed = await convertedObjects(attributes, resource);
        await counted(deps, hook, attributes, "validating", () => callHook(deps, hook, attributes, reviewed, false));
      } catch (error) {
        const key = `failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`;
        settleFailure(deps, hook, "validating", error, () => attributes.annotations?.add(key, hook.name));
      }
    }),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** The time of the request that goes by is that of others. */
async function elsewhere<T>({ clock }: WebhookDeps, { elsewhere: of }: AdmissionAttributes, ask: () => Promise<T>): Promise<T> {
  const began = clock.now();
  try {
    return await ask();
  } finally {
    if (of) of.elsewhereMilliseconds = (of.elsewhereMilliseconds ?? 0) + clock.now() - began;
  }
}

const keptName = "MutatingAdmissionWebhook";

/** What the first round leaves to the second. */
interface Kept {
  /** Called so far, and to be called again should the object change after them. */
  called: Set<string>;
  again: Set<string>;
  /** The object as the last webhook left it. */
  output: unknown;
  /** A patch has been applied, so that the object has gone through JSON. */
  patched: boolean;
}

/** One after the other, each seeing what those before it have made. */
async function mutate(deps: WebhookDeps, hooks: readonly Hook[], attributes: AdmissionAttributes): Promise<void> {
  const reinvocation = reinvocationOf(attributes);
  let kept = reinvocation.kept.get(keptName) as Kept | undefined;
  if (!kept) {
    kept = { called: new Set(), again: new Set(), output: undefined, patched: false };
    reinvocation.kept.set(keptName, kept);
  }
  if (reinvocation.isSecondRound && !deepEqual(kept.output, attributes.object)) callAgain(kept);
  for (const [index, hook] of hooks.entries()) {
    const found = await relevant(deps, hook, attributes, "admit");
    if (!found || (reinvocation.isSecondRound && !kept.again.has(hook.id))) continue;
    const place = `round_${reinvocation.isSecondRound ? 1 : 0}_index_${index}`;
    let mutated = false;
    try {
      mutated = await elsewhere(deps, attributes, () => askToChange(deps, found, attributes, kept, place));
      if (mutated) {
        callAgain(kept);
        reinvocation.wanted = true;
      }
    } catch (error) {
      const key = `failed-open.mutating.webhook.admission.k8s.io/${place}`;
      settleFailure(deps, hook, "admit", error, () => attributes.annotations?.add(key, hook.name));
    } finally {
      const { configuration, name: webhook } = hook;
      attributes.annotations?.add(`mutation.webhook.admission.k8s.io/${place}`, JSON.stringify({ configuration, webhook, mutated }));
    }
    if (hook.reinvokes) kept.called.add(hook.id);
  }
  if (!reinvocation.isSecondRound && kept.again.size + kept.called.size > 0) kept.output = deepCopy(attributes.object);
}

function callAgain(kept: Kept): void {
  for (const id of kept.called) kept.again.add(id);
  kept.called.clear();
}

async function askToChange(
  deps: WebhookDeps,
  { hook, resource }: Relevant,
  attributes: AdmissionAttributes,
  kept: Kept,
  place: string,
): Promise<boolean> {
  const reviewed = await convertedObjects(attributes, resource);
  const { answer, changed } = await counted(deps, hook, attributes, "admit", async () => {
    const given = await callHook(deps, hook, attributes, reviewed, true);
    const note = (operations: readonly object[]) => {
      const { configuration, name: webhook } = hook;
      const patch = operations.map((operation) => Object.fromEntries(Object.entries(operation).sort(([a], [b]) => (a < b ? -1 : 1))));
      const text = JSON.stringify({ configuration, webhook, patch, patchType: given.patchType });
      attributes.annotations?.add(`patch.webhook.admission.k8s.io/${place}`, text, "Request");
    };
    return { answer: given, changed: await applyWebhookPatch(deps, hook, attributes, reviewed, given, note) };
  });
  if (answer.patch === undefined) return false;
  // Upstream takes the object to be changed when it goes through JSON for the first time: the times in managedFields are cut then.
  const isFirst = !kept.patched && attributes.managed?.text !== undefined && !attributes.resource.custom;
  kept.patched = true;
  return changed || isFirst;
}
