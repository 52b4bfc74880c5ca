import type { LabelSelector } from "../../machinery/selectors/label-selector.ts";
import type { Plugins } from "../algorithm.ts";
import type { FilterPlugin, ScorePlugin } from "../framework.ts";
import type { PodInfo } from "../pod-info.ts";
import { dynamicResources } from "./dynamic-resources.ts";
import { imageLocality } from "./image-locality.ts";
import { interPodAffinity, interPodAffinityScore } from "./inter-pod-affinity.ts";
import {
  nodeAffinity,
  nodeAffinityScore,
  nodeName,
  nodePorts,
  nodeUnschedulable,
  taintToleration,
  taintTolerationScore,
} from "./node-constraints.ts";
import { balancedAllocation, leastAllocated, nodeResourcesFit } from "./node-resources-fit.ts";
import { podTopologySpread, podTopologySpreadScore } from "./pod-topology-spread.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import type { VolumeView } from "./volume-view.ts";
import { volumeZone } from "./volume-zone.ts";

/** Upstream's default profile, in its order. */
export function defaultPlugins(volumes: VolumeView, defaultSelector: (pod: PodInfo) => LabelSelector): Plugins {
  return {
    filters: [
      nodeUnschedulable,
      nodeName,
      taintToleration,
      nodeAffinity,
      nodePorts,
      nodeResourcesFit,
      volumeRestrictions(volumes),
      volumeBinding(volumes),
      volumeZone(volumes),
      podTopologySpread,
      interPodAffinity,
      dynamicResources,
    ] as FilterPlugin[],
    scores: [
      taintTolerationScore,
      nodeAffinityScore,
      leastAllocated,
      balancedAllocation,
      podTopologySpreadScore(defaultSelector),
      interPodAffinityScore,
      imageLocality,
    ] as ScorePlugin[],
  };
}
