/**
 * A name that v1 allows, from one that v1beta1 allowed: `redisSlaveController` becomes `redis-slave-controller`. A valid name
 * stays as it is.
 */
export function validName(name: string): string {
  return name
    .replace(/([a-z0-9])(?=[A-Z])/g, "$1-")
    .replace(/([A-Z])(?=[A-Z][a-z])/g, "$1-")
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
}
