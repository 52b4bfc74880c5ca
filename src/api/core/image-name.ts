/** An image reference in its parts. */
export interface ImageName {
  /** With registry: `docker.io/library/redis`. */
  repository: string;
  tag: string;
  digest: string;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const host = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domain = `(?:${host}(?:\\.${host})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const reference = new RegExp(
  `^((?:${domain}/)?${component}(?:/${component})*)(?::(\\w[\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

/** Without the registry. */
const maxNameLength = 255;

/** Takes an image reference apart: the tag is `latest` when there is neither tag nor digest. Undefined when it is malformed. */
export function parseImageName(image: string): ImageName | undefined {
  const match = reference.exec(image);
  if (!match) return undefined;
  const [, name = "", tag = "", digest = ""] = match;
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasRegistry = first !== "" && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const path = hasRegistry ? name.slice(slash + 1) : name;
  let registry = hasRegistry ? first : "docker.io";
  if (registry === "index.docker.io") registry = "docker.io";
  const official = registry === "docker.io" && !path.includes("/");
  const full = official ? `library/${path}` : path;
  if (full.length > maxNameLength) return undefined;
  return {
    repository: `${registry}/${full}`,
    tag: tag === "" && digest === "" ? "latest" : tag,
    digest,
  };
}

/** The tag of an image reference, `latest` where it has none; empty with a digest alone or when malformed. */
export function imageTag(image: string): string {
  return parseImageName(image)?.tag ?? "";
}
