import { maxNodeScore, type ScorePlugin } from "../framework.ts";

const megabyte = 1024 * 1024;
const minThreshold = 23 * megabyte;
const maxContainerThreshold = 1000 * megabyte;

interface State {
  /** Those of the pod's images that a node has, once for each container: size times the share of nodes that have it. */
  images: { name: string; weight: number }[];
  maxThreshold: number;
}

/** Prefers nodes that have the pod's larger images already, weighted by how widely an image is spread. */
export const imageLocality: ScorePlugin<State> = {
  name: "ImageLocality",
  weight: 1,
  prepareScore(pod, _nodes, { cache }) {
    if (cache.images.size === 0) return undefined;
    const images: State["images"] = [];
    let containers = 0;
    for (const list of [pod.pod.spec?.initContainers, pod.pod.spec?.containers]) {
      for (const container of list ?? []) {
        containers++;
        const name = normalized(container.image ?? "");
        const found = cache.images.get(name);
        if (found) images.push({ name, weight: Math.floor(found.sizeBytes * (found.nodes / cache.nodes.length)) });
      }
    }
    return images.length === 0 ? undefined : { images, maxThreshold: maxContainerThreshold * containers };
  },
  score({ images, maxThreshold }, _pod, node) {
    let sum = 0;
    for (const { name, weight } of images) if (node.images.has(name)) sum += weight;
    const clamped = Math.min(Math.max(sum, minThreshold), maxThreshold);
    return Math.floor((maxNodeScore * (clamped - minThreshold)) / (maxThreshold - minThreshold));
  },
};

/** An image name with its tag: nodes report images that way. */
function normalized(image: string): string {
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}
