import type { Lease } from "../api/coordination/v1.ts";
import type { ComponentStatus } from "../api/core/v1.ts";
import type { AnyObject } from "../machinery/object.ts";
import { text } from "./bytes.ts";
import type { ServerContext } from "./context.ts";
import { networkErrorText } from "./network-error-text.ts";
import type { ControlPlanePart } from "./options.ts";
import { readBody } from "./read-body.ts";
import type { VirtualSource } from "./virtual.ts";

/** The lease by which the part's leader is known, and where upstream's API server asks for the part: on its own machine. */
const parts: Readonly<Record<ControlPlanePart, { lease: string; url: string }>> = {
  "controller-manager": { lease: "kube-controller-manager", url: "https://127.0.0.1:10257/healthz" },
  scheduler: { lease: "kube-scheduler", url: "https://127.0.0.1:10259/healthz" },
};
const names = ["controller-manager", "scheduler", "etcd-0"];
const patienceSeconds = 20;
const maxAnswerBytes = 64 * 1024;

interface Health {
  isHealthy: boolean;
  message: string;
}

/** The parts of the control plane as they are now, as objects of a kind that nothing stores. */
export function componentStatuses(server: ServerContext): VirtualSource {
  return {
    list: () => Promise.all(names.map((name) => statusOf(server, name))),
    get: async (_namespace, name) => (names.includes(name) ? statusOf(server, name) : undefined),
  };
}

async function statusOf(server: ServerContext, name: string): Promise<AnyObject> {
  const { isHealthy, message } = await (name === "etcd-0" ? storeHealth(server) : partHealth(server, name as ControlPlanePart));
  const object: ComponentStatus & { apiVersion: string; kind: string } = {
    apiVersion: "v1",
    kind: "ComponentStatus",
    metadata: { name },
    conditions: [{ type: "Healthy", status: isHealthy ? "True" : "False", message }],
  };
  return object as unknown as AnyObject;
}

/** The store is asked as the health checks ask it. */
async function storeHealth({ options }: ServerContext): Promise<Health> {
  const complaint = await options.healthChecks.find(({ name }) => name === "etcd")?.check();
  return { isHealthy: complaint === undefined, message: complaint ?? "ok" };
}

/** Of a part in this process it is known; one elsewhere is at work while it renews its lease, or answers for itself on this machine. */
async function partHealth(server: ServerContext, part: ControlPlanePart): Promise<Health> {
  const known = server.options.partHealth(part);
  if (known !== undefined) return { isHealthy: known === "ok", message: known };
  const { lease, url } = parts[part];
  if (isRenewed(server, lease)) return { isHealthy: true, message: "ok" };
  try {
    const response = await server.platform.fetch({ url, method: "GET", headers: {}, insecure: true, timeoutSeconds: patienceSeconds });
    const message = text(await readBody(response, maxAnswerBytes));
    return { isHealthy: response.status === 200, message };
  } catch (error) {
    return { isHealthy: false, message: `Get ${JSON.stringify(url)}: ${networkErrorText(error)}` };
  }
}

function isRenewed({ objects, clock }: ServerContext, name: string): boolean {
  const lease = objects.get("leases.coordination.k8s.io", "kube-system", name)?.value as Readonly<Lease> | undefined;
  const { holderIdentity, renewTime, leaseDurationSeconds = 0 } = lease?.spec ?? {};
  return !!holderIdentity && renewTime !== undefined && Date.parse(renewTime) + leaseDurationSeconds * 1000 > clock.now();
}
