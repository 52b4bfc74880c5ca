import type { PodSpec, PodTemplateSpec } from "./v1.ts";

/** Fields of pods whose features are off in upstream's default configuration. */
export function dropDisabledFields(spec: PodSpec | undefined): void {
  if (!spec) return;
  delete spec.schedulingGroup;
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const container of spec[list] ?? []) {
      if (container.lifecycle?.stopSignal === undefined) continue;
      delete container.lifecycle.stopSignal;
      if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
    }
  }
  for (const volume of spec.volumes ?? []) {
    for (const source of volume.projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
}

export function dropDisabledTemplateFields(template: PodTemplateSpec | undefined): void {
  dropDisabledFields(template?.spec);
}
