/** What a name below the cluster's domain asks for. */
export interface ClusterName {
  /** Undefined for the domain itself, `svc` and `pod`: names that exist and have no records. */
  kind: "svc" | "pod" | undefined;
  namespace: string;
  /** The service, or a pod's address with dashes. */
  service: string;
  /** The hostname of one endpoint, or its address with dashes. */
  endpoint: string;
  /** Without underscores. */
  port: string;
  protocol: string;
}

/** Reads a lower-case name without the domain, as `_http._tcp.web.default.svc`; undefined when no such name can exist. */
export function parseClusterName(base: string): ClusterName | undefined {
  const name: ClusterName = { kind: undefined, namespace: "", service: "", endpoint: "", port: "", protocol: "" };
  if (base === "" || base === "svc" || base === "pod") return name;
  const labels = base.split(".");
  const kind = labels.pop();
  if (kind !== "svc" && kind !== "pod") return undefined;
  name.kind = kind;
  name.namespace = labels.pop() ?? "";
  name.service = labels.pop() ?? "";
  if (labels.length === 1) name.endpoint = labels[0] as string;
  else if (labels.length === 2) {
    name.port = withoutUnderscore(labels[0] as string);
    name.protocol = withoutUnderscore(labels[1] as string);
  } else if (labels.length > 2) return undefined;
  return name;
}

function withoutUnderscore(label: string): string {
  return label.startsWith("_") ? label.slice(1) : label;
}

/** The address that a reverse name stands for, in canonical form; undefined when the name is none. */
export function addressOfReverseName(name: string): string | undefined {
  if (name.endsWith(".in-addr.arpa")) {
    const labels = name.slice(0, -".in-addr.arpa".length).split(".");
    if (labels.length !== 4 || !labels.every((label) => /^\d{1,3}$/.test(label) && Number(label) < 256)) return undefined;
    return labels.reverse().join(".");
  }
  if (!name.endsWith(".ip6.arpa")) return undefined;
  const nibbles = name.slice(0, -".ip6.arpa".length).split(".");
  if (nibbles.length !== 32 || !nibbles.every((nibble) => /^[0-9a-f]$/.test(nibble))) return undefined;
  return (nibbles.reverse().join("").match(/.{4}/g) as string[]).join(":");
}
