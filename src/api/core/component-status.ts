import { defineResource } from "../define-resource.ts";
import type { ComponentStatus } from "./v1.ts";

export const componentstatuses = defineResource<ComponentStatus>("", "componentstatuses", {
  deprecation: "v1 ComponentStatus is deprecated in v1.19+",
  row(component) {
    const healthy = component.conditions?.find((condition) => condition.type === "Healthy");
    const status = healthy === undefined ? "Unknown" : healthy.status === "True" ? "Healthy" : "Unhealthy";
    return [component.metadata.name ?? "", status, healthy?.message ?? "", healthy?.error ?? ""];
  },
});
