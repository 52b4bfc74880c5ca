import { type FilterPlugin, rejection } from "../framework.ts";
import { claimNames, type VolumeView } from "./volume-view.ts";

const inUse = rejection("node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod");

/** A claim with the access mode ReadWriteOncePod serves one pod at a time, on whatever node that is. */
export function volumeRestrictions(view: VolumeView): FilterPlugin<true> {
  return {
    name: "VolumeRestrictions",
    countsPods: true,
    prepareFilter({ pod, namespace, uid }, { cache }) {
      const exclusive = claimNames(pod).filter((name) => view.claim(namespace, name)?.spec?.accessModes?.includes("ReadWriteOncePod"));
      if (exclusive.length === 0) return undefined;
      for (const node of cache.allNodeInfos()) {
        for (const other of node.pods.values()) {
          if (other.namespace !== namespace || other.uid === uid || !other.pod.spec?.volumes) continue;
          if (claimNames(other.pod).some((name) => exclusive.includes(name))) return true;
        }
      }
      return undefined;
    },
    filter: () => inUse,
  };
}
