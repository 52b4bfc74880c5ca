/** The Kubernetes version whose API is served. */
export const kubernetesVersion = "v1.36.3";
/** kybern's own version; a test compares it with package.json. */
export const kybernVersion = "0.1.0";
