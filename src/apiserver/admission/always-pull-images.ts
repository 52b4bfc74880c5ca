import type { Container, Pod, PodSpec } from "../../api/core/v1.ts";
import { type FieldError, field, path } from "../../machinery/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import { aggregated } from "../authorization/authorizer.ts";
import { refuse } from "./refuse.ts";

const lists = ["initContainers", "containers", "ephemeralContainers"] as const;

/** Images are pulled whenever a container starts: nobody runs a private image because somebody else once pulled it. */
export const alwaysPullImages: AdmissionPlugin = {
  name: "AlwaysPullImages",
  resources: ["pods"],
  admit(attributes) {
    const { spec } = attributes.object as Pod | { spec: undefined };
    if (!spec || isIgnored(attributes)) return;
    for (const list of lists) for (const container of spec[list] ?? []) container.imagePullPolicy = "Always";
    for (const { image } of spec.volumes ?? []) if (image) image.pullPolicy = "Always";
  },
  validate(attributes) {
    const { spec } = attributes.object as Pod | { spec: undefined };
    if (!spec || isIgnored(attributes)) return;
    const errors = complaints(spec);
    if (errors.length === 0) return;
    throw refuse(attributes, aggregated(errors.map(({ text }) => text)));
  },
};

function complaints(spec: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const list of lists) {
    for (const [index, { imagePullPolicy = "" }] of (spec[list] ?? []).entries()) {
      if (imagePullPolicy === "Always") continue;
      errors.push(field.notSupported(path("spec", list).index(index).child("imagePullPolicy"), imagePullPolicy, ["Always"]));
    }
  }
  return errors;
}

/** An update that brings no new image leaves things as they are. */
function isIgnored({ operation, subresource, object, old }: AdmissionAttributes): boolean {
  if (subresource !== "" || (operation !== "CREATE" && operation !== "UPDATE")) return true;
  if (operation === "CREATE") return false;
  const before = imagesOf((old as Pod).spec);
  return [...imagesOf((object as Pod).spec)].every((image) => before.has(image));
}

function imagesOf(spec: PodSpec | undefined): Set<string> {
  const containers = lists.flatMap((list): readonly Pick<Container, "image">[] => spec?.[list] ?? []);
  const volumes = (spec?.volumes ?? []).flatMap(({ image }) => (image?.reference ? [image.reference] : []));
  return new Set([...containers.map(({ image = "" }) => image), ...volumes]);
}
