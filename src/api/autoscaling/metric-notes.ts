import type { LabelSelector } from "../../machinery/meta/v1.ts";
import type { MetricSpec, MetricStatus } from "./v2.ts";

/**
 * Metrics as v1 would have them if it had any: the form in which its annotations keep what only v2 can say. Fields come in the
 * order in which upstream writes them.
 */
type Note = Record<string, unknown> & { type: string };

type Fields = Record<string, unknown>;

interface Described {
  kind: string;
  name: string;
  apiVersion?: string;
}

/** Without the fields that aren't set. */
function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function described({ kind = "", name = "", apiVersion }: Partial<Described> = {}): Fields {
  return present({ kind, name, apiVersion: apiVersion || undefined });
}

function inOrder(selector: LabelSelector | undefined): Fields | undefined {
  if (!selector) return undefined;
  const { matchLabels, matchExpressions } = selector;
  const labels = matchLabels && Object.fromEntries(Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const expressions = matchExpressions?.map(({ key, operator, values }) => present({ key, operator, values }));
  return present({ matchLabels: labels, matchExpressions: expressions });
}

export function noteOfSpec({ type, object, pods, resource, containerResource, external }: MetricSpec): Note {
  return {
    type,
    ...present({
      object:
        object &&
        present({
          target: described(object.describedObject),
          metricName: object.metric.name,
          targetValue: object.target.value ?? "0",
          selector: inOrder(object.metric.selector),
          averageValue: object.target.averageValue,
        }),
      pods:
        pods &&
        present({
          metricName: pods.metric.name,
          targetAverageValue: pods.target.averageValue ?? "0",
          selector: inOrder(pods.metric.selector),
        }),
      resource: resource && { name: resource.name, ...targets(resource.target) },
      containerResource: containerResource && {
        name: containerResource.name,
        ...targets(containerResource.target),
        container: containerResource.container,
      },
      external:
        external &&
        present({
          metricName: external.metric.name,
          metricSelector: inOrder(external.metric.selector),
          targetValue: external.target.value,
          targetAverageValue: external.target.averageValue,
        }),
    }),
  };
}

function targets({ averageUtilization, averageValue }: { averageUtilization?: number; averageValue?: string }): Fields {
  return present({ targetAverageUtilization: averageUtilization, targetAverageValue: averageValue });
}

export function specOfNote(note: Note): MetricSpec {
  const { type } = note;
  const { object, pods, resource, containerResource, external } = note as Readonly<Record<string, Fields | undefined>>;
  const spec = {
    type,
    object: object && {
      describedObject: described(object.target as Described),
      metric: identifier(object.metricName, object.selector),
      target: present({
        type: object.averageValue === undefined ? "Value" : "AverageValue",
        value: object.averageValue === undefined || !isZero(object.targetValue) ? (object.targetValue ?? "0") : undefined,
        averageValue: object.averageValue,
      }),
    },
    pods: pods && {
      metric: identifier(pods.metricName, pods.selector),
      target: { type: "AverageValue", averageValue: pods.targetAverageValue ?? "0" },
    },
    resource: resource && { name: resource.name ?? "", target: targetOf(resource) },
    containerResource: containerResource && {
      name: containerResource.name ?? "",
      target: targetOf(containerResource),
      container: containerResource.container ?? "",
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      target: present({
        type: external.targetValue === undefined ? "AverageValue" : "Value",
        value: external.targetValue,
        averageValue: external.targetAverageValue,
      }),
    },
  };
  return present(spec) as unknown as MetricSpec;
}

function isZero(value: unknown): boolean {
  return value === undefined || value === "0" || value === 0;
}

function identifier(name: unknown, selector: unknown): { name: string; selector?: LabelSelector } {
  return { name: String(name ?? ""), ...(selector ? { selector: selector as LabelSelector } : {}) };
}

function targetOf({ targetAverageUtilization, targetAverageValue }: Fields): Fields {
  return present({
    type: targetAverageUtilization === undefined ? "AverageValue" : "Utilization",
    averageUtilization: targetAverageUtilization,
    averageValue: targetAverageValue,
  });
}

export function noteOfStatus({ type, object, pods, resource, containerResource, external }: MetricStatus): Note {
  return {
    type,
    ...present({
      object:
        object &&
        present({
          target: described(object.describedObject),
          metricName: object.metric.name,
          currentValue: object.current.value ?? "0",
          selector: inOrder(object.metric.selector),
          averageValue: object.current.averageValue,
        }),
      pods:
        pods &&
        present({
          metricName: pods.metric.name,
          currentAverageValue: pods.current.averageValue ?? "0",
          selector: inOrder(pods.metric.selector),
        }),
      resource: resource && { name: resource.name, ...currents(resource.current) },
      containerResource: containerResource && {
        name: containerResource.name,
        ...currents(containerResource.current),
        container: containerResource.container,
      },
      external:
        external &&
        present({
          metricName: external.metric.name,
          metricSelector: inOrder(external.metric.selector),
          currentValue: external.current.value ?? "0",
          currentAverageValue: external.current.averageValue,
        }),
    }),
  };
}

function currents({ averageUtilization, averageValue }: { averageUtilization?: number; averageValue?: string }): Fields {
  return present({ currentAverageUtilization: averageUtilization, currentAverageValue: averageValue ?? "0" });
}

export function statusOfNote(note: Note): MetricStatus {
  const { type } = note;
  const { object, pods, resource, containerResource, external } = note as Readonly<Record<string, Fields | undefined>>;
  const status = {
    type,
    object: object && {
      describedObject: described(object.target as Described),
      metric: identifier(object.metricName, object.selector),
      current: present({ value: object.currentValue ?? "0", averageValue: object.averageValue }),
    },
    pods: pods && { metric: identifier(pods.metricName, pods.selector), current: { averageValue: pods.currentAverageValue ?? "0" } },
    resource: resource && { name: resource.name ?? "", current: currentOf(resource) },
    containerResource: containerResource && {
      name: containerResource.name ?? "",
      current: currentOf(containerResource),
      container: containerResource.container ?? "",
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      current: present({ value: external.currentValue ?? "0", averageValue: external.currentAverageValue }),
    },
  };
  return present(status) as unknown as MetricStatus;
}

function currentOf({ currentAverageUtilization, currentAverageValue }: Fields): Fields {
  return present({ averageValue: currentAverageValue ?? "0", averageUtilization: currentAverageUtilization });
}

/** Upstream's note of the behaviour has the field names of its server's own type, and reads them in any case. */
export function withJsonNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withJsonNames);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const result: Fields = {};
  for (const [name, field] of Object.entries(value)) {
    if (field !== null) result[`${name.charAt(0).toLowerCase()}${name.slice(1)}`] = withJsonNames(field);
  }
  return result;
}
