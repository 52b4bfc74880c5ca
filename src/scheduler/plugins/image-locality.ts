import { maxNodeScore, type ScorePlugin } from "../framework.ts";

const megabyte = 1024 * 1024;
const minThreshold = 23 * megabyte;
const maxContainerThreshold = 1000 * megabyte;

interface State {
  /** Size times the share of nodes that have it, by image name as nodes report it. */
  weights: Map<string, number>;
  containers: number;
}

/** Prefers nodes that have the pod's larger images already, weighted by how widely an image is spread. */
export const imageLocality: ScorePlugin<State> = {
  name: "ImageLocality",
  weight: 1,
  prepareScore(pod, _nodes, { cache }) {
    const containers = [...(pod.pod.spec?.initContainers ?? []), ...(pod.pod.spec?.containers ?? [])];
    const weights = new Map<string, number>();
    for (const container of containers) {
      const name = normalized(container.image ?? "");
      if (weights.has(name)) continue;
      let count = 0;
      let size = 0;
      for (const node of cache.nodes) {
        if (node.images.size === 0) continue;
        const found = node.images.get(name);
        if (found === undefined) continue;
        count++;
        size = found;
      }
      if (count > 0) weights.set(name, size * (count / cache.nodes.length));
    }
    return weights.size === 0 ? undefined : { weights, containers: containers.length };
  },
  score({ weights, containers }, pod, node) {
    if (node.images.size === 0) return 0;
    let sum = 0;
    for (const list of [pod.pod.spec?.initContainers, pod.pod.spec?.containers]) {
      for (const container of list ?? []) {
        const name = normalized(container.image ?? "");
        if (node.images.has(name)) sum += weights.get(name) ?? 0;
      }
    }
    const maxThreshold = maxContainerThreshold * containers;
    const clamped = Math.min(Math.max(sum, minThreshold), maxThreshold);
    return Math.floor((maxNodeScore * (clamped - minThreshold)) / (maxThreshold - minThreshold));
  },
};

/** An image name with its tag: nodes report images that way. */
function normalized(image: string): string {
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}
