/** An image reference in its parts: `registry-host:5000/web/httpd:1.2@sha256:…`. */
export interface ImageName {
  /** `docker.io` where the reference names none. */
  registry: string;
  /** `library/redis` for `redis`. */
  repository: string;
  /** `latest` where the reference has neither tag nor digest. */
  tag?: string;
  digest?: string;
}

const repositoryPattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][\w+.-]*:[0-9a-fA-F]{32,}$/;

/** The parts of a reference as Docker reads it; undefined when it isn't one. */
export function parseImageName(reference: string): ImageName | undefined {
  let rest = reference;
  let digest: string | undefined;
  const at = rest.indexOf("@");
  if (at >= 0) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
    if (!digestPattern.test(digest)) return undefined;
  }
  const slash = rest.indexOf("/");
  const first = slash < 0 ? "" : rest.slice(0, slash);
  let registry = "docker.io";
  // A first part with a dot, a port or upper case is a host, and so is localhost; anything else begins the repository.
  if (first.includes(".") || first.includes(":") || first === "localhost" || first !== first.toLowerCase()) {
    registry = first === "index.docker.io" ? "docker.io" : first;
    rest = rest.slice(slash + 1);
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(":");
  if (colon >= 0) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!tagPattern.test(tag)) return undefined;
  }
  if (!repositoryPattern.test(rest)) return undefined;
  if (registry === "docker.io" && !rest.includes("/")) rest = `library/${rest}`;
  if (tag === undefined && digest === undefined) tag = "latest";
  return { registry, repository: rest, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The whole form that a container runtime stores: `docker.io/library/redis:latest` for `redis`. */
export function normalizeImageName(reference: string): string {
  const name = parseImageName(reference);
  if (!name) throw new Error(`"${reference}" is not the name of an image`);
  return `${name.registry}/${name.repository}${name.tag ? `:${name.tag}` : ""}${name.digest ? `@${name.digest}` : ""}`;
}
