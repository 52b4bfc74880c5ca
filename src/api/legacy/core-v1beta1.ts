import type { AnyObject } from "../../machinery/object.ts";
import { podSpecOf } from "./container-manifest.ts";
import { FieldReader, present, someOf } from "./field-reader.ts";
import type { ConversionReport, LegacyKind } from "./legacy-kind.ts";
import { validName } from "./valid-name.ts";

/** The kinds of v1beta1 and v1beta2: flat, before there was `metadata` and `spec`. Answers are in v1's form. */
export const flatCoreKinds: readonly LegacyKind[] = [
  flatKind("Pod", "pods", podOf),
  flatKind("Service", "services", serviceOf),
  flatKind("ReplicationController", "replicationcontrollers", controllerOf),
];

type Fields = Record<string, unknown>;

function flatKind(kind: string, resource: string, convert: (body: FieldReader) => Fields): LegacyKind {
  return {
    kind,
    resource,
    singular: kind.toLowerCase(),
    served: { group: "", version: "v1" },
    toServed(body, report) {
      const reader = new FieldReader(body, "", report);
      reader.ignore("apiVersion", "kind");
      const metadata = metadataOf(reader, body, report);
      const converted = { metadata, ...convert(reader) };
      reader.end();
      return converted as AnyObject;
    },
    fromServed: "unchanged",
  };
}

/** The flat fields over what is in `metadata`: present-day clients put the namespace and their annotations there. */
function metadataOf(body: FieldReader, { metadata }: AnyObject, report: ConversionReport): Fields {
  body.ignore("metadata", "selfLink", "creationTimestamp", "deletionTimestamp", "resourceVersion", "uid");
  const id = body.text("id");
  const name = id === undefined || id === "" ? undefined : validName(id);
  if (name !== id && id) report.warn(`the name ${JSON.stringify(id)} is not valid in v1: ${JSON.stringify(name)} is used`);
  const annotations = body.take("annotations") as Fields | undefined;
  return present({
    ...(metadata as Fields | undefined),
    ...present({
      name,
      generateName: body.text("generateName"),
      namespace: body.text("namespace") || undefined,
      labels: body.take("labels"),
      annotations: annotations && { ...(metadata?.annotations as Fields | undefined), ...annotations },
    }),
  });
}

function podOf(body: FieldReader): Fields {
  body.ignore("currentState");
  const state = body.object("desiredState");
  return { spec: { ...(state ? stateOf(state) : {}), ...present({ nodeSelector: body.take("nodeSelector") }) } };
}

/** A pod's spec from its desired state. */
function stateOf(state: FieldReader): Fields {
  state.ignore("status", "conditions", "message", "hostIP", "podIP", "info");
  const manifest = state.object("manifest");
  const spec = { ...(manifest ? podSpecOf(manifest) : {}), ...present({ nodeName: state.text("host") || undefined }) };
  state.end();
  return spec;
}

function controllerOf(body: FieldReader): Fields {
  body.ignore("currentState");
  const state = body.object("desiredState");
  if (!state) return { spec: {} };
  const template = state.object("podTemplate");
  const spec = present({
    replicas: state.take("replicas"),
    selector: state.take("replicaSelector"),
    template: template && templateOf(template),
  });
  state.end();
  return { spec };
}

function templateOf(template: FieldReader): Fields {
  template.ignore("id", "uid", "kind", "apiVersion", "creationTimestamp", "selfLink", "resourceVersion");
  const state = template.object("desiredState");
  const converted = {
    metadata: present({ labels: template.take("labels"), annotations: template.take("annotations") }),
    spec: { ...(state ? stateOf(state) : {}), ...present({ nodeSelector: template.take("nodeSelector") }) },
  };
  template.end();
  return converted;
}

function serviceOf(body: FieldReader): Fields {
  body.ignore("proxyPort");
  const port = body.take("port");
  const containerPort = targetOf(body.take("containerPort"));
  const protocol = body.text("protocol")?.toUpperCase();
  const ports = body.list("ports").map((item) => {
    const converted = present({
      name: item.text("name"),
      protocol: item.text("protocol")?.toUpperCase(),
      port: item.take("port"),
      targetPort: targetOf(item.take("containerPort")),
    });
    item.end();
    return converted;
  });
  const single = port === undefined ? [] : [present({ protocol, port, targetPort: containerPort })];
  if (ports.length === 0 && single.length > 0 && containerPort === undefined) {
    body.report.warn(`containerPort is not set: port ${port} of the containers is used`);
  }
  const spec = present({
    ports: someOf(ports.length > 0 ? ports : single),
    selector: body.take("selector"),
    type: body.boolean("createExternalLoadBalancer") ? "LoadBalancer" : undefined,
    externalIPs: body.take("publicIPs"),
    clusterIP: body.text("portalIP") || undefined,
    sessionAffinity: body.text("sessionAffinity") || undefined,
  });
  return { spec };
}

/** Zero and an empty name mean that none is set. */
function targetOf(value: unknown): unknown {
  return value === 0 || value === "" ? undefined : value;
}
