import type { APIService, APIServiceCondition } from "../../api/apiregistration/v1.ts";
import type { Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import { apiservices, endpointslices, services } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { timestamp } from "../../machinery/clock.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { deepEqual, nameOf } from "../../machinery/object.ts";

export interface AvailabilityDeps extends ComponentDeps {
  informers: InformerFactory;
  /** Asks the server of an APIService whether it answers. Rejects with what is wrong. */
  check(apiService: APIService): Promise<void>;
}

/** Servers that answered are asked again after this long. */
const recheckMilliseconds = 30_000;

type Verdict = Pick<APIServiceCondition, "status" | "reason" | "message">;

/** Tells of each APIService whether its server can be asked: those of this server always, others when they answer. */
export function startApiServiceAvailability(deps: AvailabilityDeps): Component {
  const apis = deps.informers.informer(apiservices);
  const serviceInformer = deps.informers.informer(services);
  const slices = deps.informers.informer(endpointslices);
  const enqueueOf = (queue: WorkQueue, namespace: string | undefined, name: string | undefined) => {
    for (const api of apis.list()) {
      const { service } = api.spec ?? {};
      if (service && service.namespace === namespace && service.name === name) queue.add(nameOf(api));
    }
  };
  const verdictOf = async (api: APIService): Promise<Verdict> => {
    const { service } = api.spec ?? {};
    if (!service) return { status: "True", reason: "Local", message: "Local APIServices are always available" };
    const { namespace = "", name = "" } = service;
    const found = serviceInformer.get(`${namespace}/${name}`);
    const missing = unreachable(
      api,
      found,
      found ? slices.list(namespace).filter(({ metadata }) => metadata.labels?.[nameLabel] === name) : [],
    );
    if (missing) return missing;
    try {
      await deps.check(api);
    } catch (error) {
      return { status: "False", reason: "FailedDiscoveryCheck", message: (error as Error).message };
    }
    return { status: "True", reason: "Passed", message: "all checks passed" };
  };
  return startController({
    name: "apiservice-availability",
    deps,
    informers: [apis, serviceInformer, slices],
    setup(queue, on) {
      on(apis, {
        add: (api) => queue.add(nameOf(api)),
        update(api, old) {
          if (!deepEqual(api.spec, old.spec)) queue.add(nameOf(api));
        },
      });
      const enqueueService = ({ metadata }: Service) => enqueueOf(queue, metadata.namespace, metadata.name);
      on(serviceInformer, {
        add: enqueueService,
        update(service, old) {
          if (!deepEqual(service.spec, old.spec)) enqueueService(service);
        },
        delete: enqueueService,
      });
      const enqueueSlice = ({ metadata }: EndpointSlice) => enqueueOf(queue, metadata.namespace, metadata.labels?.[nameLabel]);
      on(slices, { add: enqueueSlice, update: enqueueSlice, delete: enqueueSlice });
    },
    async sync(name, queue) {
      const api = apis.get(name);
      if (!api) return;
      const verdict = await verdictOf(api);
      await tell(deps, api, verdict);
      // Rejecting has it asked again, later each time.
      if (verdict.reason === "FailedDiscoveryCheck") throw new Error(verdict.message);
      if (verdict.reason === "Passed") queue.addAfter(name, recheckMilliseconds);
    },
  });
}

const nameLabel = "kubernetes.io/service-name";

/** Why a service has nobody to ask, as far as that can be told without asking. */
function unreachable({ spec }: APIService, service: Service | undefined, slices: readonly EndpointSlice[]): Verdict | undefined {
  const { namespace = "", name = "", port = 443 } = spec?.service ?? {};
  const no = (reason: string, message: string): Verdict => ({ status: "False", reason, message });
  const where = `service/${name} in ${JSON.stringify(namespace)}`;
  if (!service) return no("ServiceNotFound", `${where} is not present`);
  if (service.spec?.type !== "ClusterIP") return undefined;
  const listening = service.spec.ports?.find((one) => one.port === port);
  if (!listening) return no("ServicePortError", `${where} is not listening on port ${port}`);
  if (slices.length === 0) return no("EndpointsNotFound", `cannot find endpointslices for ${where}`);
  const portName = listening.name ?? "";
  const isActive = slices.some(
    ({ endpoints, ports }) =>
      endpoints?.some(({ conditions }) => conditions?.ready !== false) &&
      ports?.some((one) => (one.name ?? "") === portName && one.port !== undefined),
  );
  if (isActive) return undefined;
  const named = JSON.stringify(portName);
  return no("MissingEndpoints", `endpointslices for ${where} have no addresses with port name ${named}`);
}

async function tell({ client, clock }: AvailabilityDeps, api: APIService, verdict: Verdict): Promise<void> {
  const conditions = [...(api.status?.conditions ?? [])];
  const at = conditions.findIndex(({ type }) => type === "Available");
  const old = conditions[at];
  if (old && old.status === verdict.status && old.reason === verdict.reason && old.message === verdict.message) return;
  const lastTransitionTime = old?.status === verdict.status ? (old.lastTransitionTime ?? timestamp(clock)) : timestamp(clock);
  conditions[at < 0 ? conditions.length : at] = { type: "Available", ...verdict, lastTransitionTime };
  try {
    await client.update(apiservices, { ...api, status: { ...api.status, conditions } }, { subresource: "status" });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
