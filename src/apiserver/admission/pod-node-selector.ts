import type { Pod } from "../../api/core/v1.ts";
import { forbidden, notFound, StatusError } from "../../machinery/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";

const annotation = "scheduler.alpha.kubernetes.io/node-selector";
const clusterDefault = "clusterDefaultNodeSelector";

type Labels = Readonly<Record<string, string>>;

/** The node selector of the namespace becomes that of its pods; which others they may have, the configuration says by namespace. */
export function podNodeSelector(objects: ObjectReader, configuration: Labels): AdmissionPlugin {
  const selectors = new Map(Object.entries(configuration));
  const ownSelector = (namespace: string): Labels => {
    const entry = objects.get("namespaces", "", namespace);
    if (!entry) throw notFound({ group: "", resource: "namespaces" }, namespace);
    return labelsOf(entry.value.metadata.annotations?.[annotation] ?? selectors.get(clusterDefault) ?? "");
  };
  const check = (attributes: AdmissionAttributes) => {
    if (attributes.operation !== "CREATE" || attributes.subresource !== "") return;
    const { spec } = attributes.object as Pod;
    const allowed = labelsOf(selectors.get(attributes.namespace) ?? "");
    if (Object.keys(allowed).length === 0) return;
    if (Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => allowed[key] === value)) return;
    throw refusal(attributes, "pod node label selector labels conflict with its namespace whitelist");
  };
  return {
    name: "PodNodeSelector",
    resources: ["pods"],
    admit(attributes) {
      if (attributes.operation !== "CREATE" || attributes.subresource !== "") return;
      const { spec } = attributes.object as Pod;
      if (!spec) return;
      const wanted = ownSelector(attributes.namespace);
      const given = spec.nodeSelector ?? {};
      if (Object.entries(wanted).some(([key, value]) => Object.hasOwn(given, key) && given[key] !== value)) {
        throw refusal(attributes, "pod node label selector conflicts with its namespace node label selector");
      }
      const merged = { ...wanted, ...given };
      if (Object.keys(merged).length > 0) spec.nodeSelector = merged;
      check(attributes);
    },
    validate: check,
  };
}

function refusal({ resource, object }: AdmissionAttributes, why: string) {
  return forbidden(resource.definition, object?.metadata.name ?? "", why);
}

/** `a=b,c=d` as labels. Throws where it says anything else. */
export function labelsOf(text: string): Labels {
  if (text === "") return {};
  const pairs = text.split(",").map((part) => {
    const [key = "", value, ...more] = part.split("=");
    if (value === undefined || more.length > 0) throw new StatusError(500, "", `invalid selector: [${part}]`);
    return [key.trim(), value.trim()] as const;
  });
  return Object.fromEntries(pairs);
}
