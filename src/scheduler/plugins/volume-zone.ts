import type { PersistentVolume } from "../../api/core/v1.ts";
import { type FilterPlugin, rejection } from "../framework.ts";
import { boundVolumes, claimNames, type VolumeView } from "./volume-view.ts";

/** Labels of volumes and nodes that tell where they are, each with the older name of the same. */
const placeLabels = [
  ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"],
  ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"],
] as const;

interface Place {
  keys: readonly string[];
  values: ReadonlySet<string>;
}

const elsewhere = rejection("node(s) had no available volume zone", true);

/** Volumes that carry zone or region labels are reached from nodes of that zone or region only. */
export function volumeZone(view: VolumeView): FilterPlugin<Place[]> {
  return {
    name: "VolumeZone",
    prepareFilter({ pod }) {
      if (claimNames(pod).length === 0) return undefined;
      const places = boundVolumes(pod, view).flatMap(placesOf);
      return places.length === 0 ? undefined : places;
    },
    filter(places, _pod, { labels }) {
      // A node that tells nothing of where it is reaches everything.
      if (!placeLabels.some((keys) => labelOf(labels, keys) !== undefined)) return undefined;
      for (const { keys, values } of places) {
        const value = labelOf(labels, keys);
        if (value === undefined || !values.has(value)) return elsewhere;
      }
      return undefined;
    },
  };
}

function placesOf(volume: PersistentVolume): Place[] {
  const places: Place[] = [];
  for (const keys of placeLabels) {
    const value = labelOf(volume.metadata.labels ?? {}, keys);
    // A volume of several zones lists them with two underscores between.
    if (value !== undefined) places.push({ keys, values: new Set(value.split("__")) });
  }
  return places;
}

function labelOf(labels: Readonly<Record<string, string>>, keys: readonly string[]): string | undefined {
  for (const key of keys) if (labels[key] !== undefined) return labels[key];
  return undefined;
}
