import type { AnyObject } from "../../machinery/object.ts";
import { present } from "./field-reader.ts";
import type { LegacyKind } from "./legacy-kind.ts";

type Fields = Record<string, unknown>;

/** Ingress before v1: a backend is a service's name and port, and every path has a kind of its own. */
export const oldIngress: LegacyKind = {
  kind: "Ingress",
  resource: "ingresses",
  singular: "ingress",
  served: { group: "networking.k8s.io", version: "v1" },
  toServed(body) {
    const spec = body.spec as Fields | undefined;
    if (!isFields(spec)) return body;
    const { backend, ...rest } = spec;
    body.spec = withPaths(present({ ...rest, defaultBackend: rest.defaultBackend ?? convertBackend(backend, newBackend) }), (path) => ({
      ...path,
      pathType: path.pathType ?? "ImplementationSpecific",
      backend: convertBackend(path.backend, newBackend),
    }));
    return body;
  },
  fromServed(object): AnyObject {
    const spec = object.spec as Fields | undefined;
    if (!isFields(spec)) return object;
    const { defaultBackend, ...rest } = spec;
    const converted = withPaths(present({ ...rest, backend: convertBackend(defaultBackend, oldBackend) }), (path) => ({
      ...path,
      backend: convertBackend(path.backend, oldBackend),
    }));
    return { ...object, spec: converted };
  },
};

/** The spec with every path of its rules converted. */
function withPaths(spec: Fields, convert: (path: Fields) => Fields): Fields {
  if (!Array.isArray(spec.rules)) return spec;
  const rules = spec.rules.map((rule: unknown) => {
    const http = isFields(rule) ? rule.http : undefined;
    if (!isFields(rule) || !isFields(http) || !Array.isArray(http.paths)) return rule;
    const paths = http.paths.map((path: unknown) => (isFields(path) ? convert(path) : path));
    return { ...rule, http: { ...http, paths } };
  });
  return { ...spec, rules };
}

function convertBackend(backend: unknown, convert: (backend: Fields) => Fields): unknown {
  return isFields(backend) ? convert(backend) : backend;
}

function newBackend({ serviceName, servicePort, ...rest }: Fields): Fields {
  if (serviceName === undefined && servicePort === undefined) return rest;
  const port = typeof servicePort === "number" ? { number: servicePort } : { name: servicePort };
  return { ...rest, service: present({ name: serviceName, port: servicePort === undefined ? undefined : port }) };
}

function oldBackend({ service, ...rest }: Fields): Fields {
  if (!isFields(service)) return rest;
  const port = service.port as Fields | undefined;
  return present({ ...rest, serviceName: service.name, servicePort: port?.number ?? port?.name });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
