/** A small pod, as a client would send it. */
export function pod(name: string, more: { labels?: Record<string, string>; spec?: object } = {}): object {
  return {
    metadata: { name, ...(more.labels ? { labels: more.labels } : {}) },
    spec: { containers: [{ name: "main", image: "nginx:1" }], ...more.spec },
  };
}

export function configMap(name: string, data: Record<string, string> = {}, labels?: Record<string, string>): object {
  return { metadata: { name, ...(labels ? { labels } : {}) }, data };
}
