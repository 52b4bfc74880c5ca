import { isLabelValue } from "../../machinery/validation/names.ts";
import type { NodeSelectorTerm } from "./v1.ts";

/** Labels of nodes that have got another name. */
export const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** Sources of volumes that are gone or about to go. */
const deprecatedVolumes: readonly (readonly [name: string, text: string])[] = [
  ["cephfs", "cephfs: deprecated in v1.28, non-functional in v1.31+"],
  ["flocker", "flocker: deprecated in v1.22, non-functional in v1.25+"],
  ["gitRepo", "gitRepo: deprecated in v1.11, and disabled by default in v1.33+"],
  ["glusterfs", "glusterfs: deprecated in v1.25, non-functional in v1.26+"],
  ["photonPersistentDisk", "photonPersistentDisk: deprecated in v1.11, non-functional in v1.16+"],
  ["quobyte", "quobyte: deprecated in v1.22, non-functional in v1.25+"],
  ["rbd", "rbd: deprecated in v1.28, non-functional in v1.31+"],
  ["scaleIO", "scaleIO: deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "storageOS: deprecated in v1.22, non-functional in v1.25+"],
];

/** `isPreferred`: values that no label can have aren't refused. */
export function nodeTermWarnings(term: NodeSelectorTerm, at: string, isPreferred = false): string[] {
  const warnings: string[] = [];
  for (const [index, { key, values = [] }] of (term.matchExpressions ?? []).entries()) {
    const one = `${at}.matchExpressions[${index}]`;
    const text = deprecatedNodeLabels[key];
    if (text) warnings.push(`${one}.key: ${key} is ${text}`);
    if (!isPreferred) continue;
    for (const [place, value] of values.entries()) {
      warnings.push(...isLabelValue(value).map((complaint) => `${one}.values[${place}]: ${value} is invalid, ${complaint}`));
    }
  }
  return warnings;
}

/** `volume`: of a pod, or the spec of a persistent one. Upstream says nothing of some that are in `except`. */
export function volumeSourceWarnings(volume: object, at: string, except: readonly string[] = []): string[] {
  const warnings: string[] = [];
  for (const [name, text] of deprecatedVolumes) {
    if ((volume as Record<string, unknown>)[name] !== undefined && !except.includes(name)) warnings.push(`${at}.${text}`);
  }
  return warnings;
}
