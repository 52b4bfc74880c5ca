import type { Container } from "../../api/core/v1.ts";

/** Names a container's identity: when it changes, the container is made anew. Only name and image count, as upstream. */
export function containerHash(container: Pick<Container, "name" | "image">): string {
  let hash = 0x811c9dc5;
  const text = JSON.stringify({ name: container.name, image: container.image ?? "" });
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}
