import { humanDuration } from "../machinery/duration.ts";
import type { LabelSelector } from "../machinery/meta/v1.ts";
import type { AnyObject } from "../machinery/object.ts";
import { age, type Cell } from "./columns.ts";
import type { ResourceFacts } from "./define-resource.ts";

type CellOf = string | ((object: Readonly<AnyObject>) => Cell);

/** Where the cells of a column come from: a path into the object, or a function of it. By resource, then by column. */
const cells: Readonly<Record<string, Readonly<Record<string, CellOf>>>> = {
  apiservices: {
    Service: (object) => {
      const service = at(object, "spec.service") as { namespace?: string; name?: string } | undefined;
      return service ? `${service.namespace ?? ""}/${service.name ?? ""}` : "Local";
    },
    Available: (object) => {
      const available = conditionsOf(object).find((condition) => condition.type === "Available");
      if (!available) return "Unknown";
      return available.status === "True" ? "True" : `${available.status} (${available.reason ?? ""})`;
    },
  },
  certificatesigningrequests: {
    SignerName: "spec.signerName",
    Requestor: "spec.username",
    RequestedDuration: (object) => {
      const seconds = at(object, "spec.expirationSeconds");
      return typeof seconds === "number" ? humanDuration(seconds * 1000) : "<none>";
    },
    Condition: requestState,
  },
  csidrivers: {
    AttachRequired: (object) => at(object, "spec.attachRequired") !== false,
    PodInfoOnMount: "spec.podInfoOnMount",
    StorageCapacity: "spec.storageCapacity",
    TokenRequests: (object) =>
      listOf(object, "spec.tokenRequests")
        .map((one) => one.audience)
        .join(",") || "<unset>",
    RequiresRepublish: "spec.requiresRepublish",
    Modes: (object) => ((at(object, "spec.volumeLifecycleModes") as string[] | undefined) ?? []).join(",") || "<none>",
  },
  csinodes: { Drivers: (object) => listOf(object, "spec.drivers").length },
  flowschemas: {
    PriorityLevel: "spec.priorityLevelConfiguration.name",
    MatchingPrecedence: (object) => (at(object, "spec.matchingPrecedence") as number | undefined) ?? 0,
    DistinguisherMethod: "spec.distinguisherMethod.type",
    MissingPL: (object) => conditionsOf(object).find((condition) => condition.type === "Dangling")?.status ?? "?",
  },
  ipaddresses: {
    ParentRef: (object) => {
      const parent = at(object, "spec.parentRef") as { group?: string; resource?: string; namespace?: string; name?: string } | undefined;
      if (!parent) return "<none>";
      const resource = parent.group ? `${parent.resource}.${parent.group}` : parent.resource;
      return [resource, parent.namespace, parent.name].filter(Boolean).join("/");
    },
  },
  mutatingadmissionpolicies: { Mutations: (object) => listOf(object, "spec.mutations").length, ParamKind: paramKind },
  mutatingadmissionpolicybindings: { PolicyName: "spec.policyName", ParamRef: paramRef },
  mutatingwebhookconfigurations: { Webhooks: (object) => listOf(object, "webhooks").length },
  prioritylevelconfigurations: {
    Type: "spec.type",
    NominalConcurrencyShares: (object) => limited(object, "nominalConcurrencyShares"),
    Queues: (object) => limited(object, "limitResponse.queuing.queues"),
    HandSize: (object) => limited(object, "limitResponse.queuing.handSize"),
    QueueLengthLimit: (object) => limited(object, "limitResponse.queuing.queueLengthLimit"),
  },
  resourceclaims: { State: claimState },
  resourceslices: {
    Node: (object) => (at(object, "spec.nodeName") as string | undefined) ?? "",
    Driver: "spec.driver",
    Pool: "spec.pool.name",
  },
  runtimeclasses: { Handler: "handler" },
  servicecidrs: { CIDRs: (object) => ((at(object, "spec.cidrs") as string[] | undefined) ?? []).join(",") },
  validatingadmissionpolicies: { Validations: (object) => listOf(object, "spec.validations").length, ParamKind: paramKind },
  validatingadmissionpolicybindings: { PolicyName: "spec.policyName", ParamRef: paramRef },
  validatingwebhookconfigurations: { Webhooks: (object) => listOf(object, "webhooks").length },
  volumeattachments: {
    Attacher: "spec.attacher",
    PV: (object) => (at(object, "spec.source.persistentVolumeName") as string | undefined) ?? "",
    Node: "spec.nodeName",
    Attached: "status.attached",
  },
  volumeattributesclasses: { DriverName: "driverName" },
};

/** The rows of a resource without ones of its own. Undefined where name and time of creation are all there is. */
export function genericRow(fact: ResourceFacts): ((object: Readonly<AnyObject>, context: { now: number }) => Cell[]) | undefined {
  const columns = fact.columns;
  if (!columns || columns.some(([name]) => name === "Created At")) return undefined;
  const sources = cells[fact.resource] ?? {};
  return (object, { now }) =>
    columns.map(([name, type]) => {
      if (name === "Name") return object.metadata.name ?? "";
      if (name === "Age") return age(object.metadata, now);
      const source = sources[name];
      const value = typeof source === "function" ? source(object) : source === undefined ? undefined : at(object, source);
      if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
      return type === "integer" ? 0 : type === "boolean" ? false : "<none>";
    });
}

function at(object: unknown, path: string): unknown {
  let value = object;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function listOf(object: Readonly<AnyObject>, path: string): Record<string, unknown>[] {
  const value = at(object, path);
  return Array.isArray(value) ? value : [];
}

interface SomeCondition {
  type: string;
  status: string;
  reason?: string;
}

function conditionsOf(object: Readonly<AnyObject>): SomeCondition[] {
  return listOf(object, "status.conditions") as unknown as SomeCondition[];
}

function limited(object: Readonly<AnyObject>, path: string): Cell {
  const value = at(object, `spec.limited.${path}`);
  return typeof value === "number" ? value : "<none>";
}

function paramKind(object: Readonly<AnyObject>): string {
  const kind = at(object, "spec.paramKind") as { apiVersion?: string; kind?: string } | undefined;
  return kind ? `${kind.apiVersion}/${kind.kind}` : "<unset>";
}

function paramRef(object: Readonly<AnyObject>): string {
  const ref = at(object, "spec.paramRef") as { namespace?: string; name?: string; selector?: LabelSelector } | undefined;
  if (!ref) return "<unset>";
  if (!ref.name) return ref.selector ? selectorInGo(ref.selector) : "<unset>";
  return ref.namespace ? `${ref.namespace}/${ref.name}` : `*/${ref.name}`;
}

/** A selector as Go prints it: upstream shows it like that. */
function selectorInGo({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
    .join("");
  const expressions = matchExpressions
    .map(({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`)
    .join("");
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}

function claimState(object: Readonly<AnyObject>): string {
  const states: string[] = [];
  if (object.metadata.deletionTimestamp !== undefined) states.push("deleted");
  if (at(object, "status.allocation") === undefined) {
    if (object.metadata.deletionTimestamp === undefined) states.push("pending");
  } else {
    states.push("allocated");
    if (listOf(object, "status.reservedFor").length > 0) states.push("reserved");
  }
  return states.join(",");
}

function requestState(object: Readonly<AnyObject>): string {
  const types = conditionsOf(object).map((condition) => condition.type);
  let state = types.includes("Denied") ? "Denied" : types.includes("Approved") ? "Approved" : "Pending";
  if (types.includes("Failed")) state += ",Failed";
  if (at(object, "status.certificate")) state += ",Issued";
  return state;
}
