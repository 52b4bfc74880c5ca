import type { AnyObject } from "../../machinery/object.ts";
import { restartPolicyOf, securityOf } from "./container-manifest.ts";
import { FieldReader, present } from "./field-reader.ts";
import type { ConversionReport, LegacyKind } from "./legacy-kind.ts";

type Fields = Record<string, unknown>;

/** The kinds of v1beta3: v1 but for a few names. */
export const coreV1beta3Kinds: readonly LegacyKind[] = [
  kindOf("Pod", "pods", (object, report) => {
    convertPodSpec(object, "spec", report);
    return object;
  }),
  kindOf("Service", "services", convertService),
  kindOf("ReplicationController", "replicationcontrollers", (object, report) => {
    const template = (object.spec as Fields | undefined)?.template;
    if (isFields(template)) convertPodSpec(template, "spec.template.spec", report);
    return object;
  }),
];

function kindOf(kind: string, resource: string, toServed: LegacyKind["toServed"]): LegacyKind {
  return { kind, resource, singular: kind.toLowerCase(), served: { group: "", version: "v1" }, toServed, fromServed: "unchanged" };
}

function convertService(service: AnyObject): AnyObject {
  const spec = service.spec as Fields | undefined;
  if (!isFields(spec)) return service;
  const { portalIP, createExternalLoadBalancer, publicIPs, ports, ...rest } = spec;
  service.spec = present({
    ...rest,
    clusterIP: rest.clusterIP ?? portalIP,
    type: rest.type ?? (createExternalLoadBalancer === true ? "LoadBalancer" : undefined),
    externalIPs: rest.externalIPs ?? publicIPs,
    ports: Array.isArray(ports) ? ports.map(convertPort) : ports,
  });
  return service;
}

function convertPort(port: unknown): unknown {
  if (!isFields(port)) return port;
  const { containerPort, ...rest } = port;
  return present({ ...rest, targetPort: rest.targetPort ?? containerPort });
}

function convertPodSpec(holder: Fields, path: string, report: ConversionReport): void {
  const { spec } = holder;
  if (!isFields(spec)) return;
  const { host, containers, ...rest } = spec;
  holder.spec = present({
    ...rest,
    restartPolicy: restartPolicyOf(new FieldReader(spec, path, report)),
    nodeName: rest.nodeName ?? host,
    containers: Array.isArray(containers)
      ? containers.map((item, index) => convertContainer(item, `${path}.containers[${index}]`, report))
      : containers,
  });
}

function convertContainer(container: unknown, path: string, report: ConversionReport): unknown {
  if (!isFields(container)) return container;
  const { privileged: _privileged, capabilities: _capabilities, ...rest } = container;
  return present({ ...rest, securityContext: securityOf(new FieldReader(container, path, report)) });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
