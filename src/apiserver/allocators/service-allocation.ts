import { validateClusterIPs } from "../../api/core/service-validation.ts";
import type { Service, ServiceSpec } from "../../api/core/v1.ts";
import { parentErrors } from "../../api/networking/ip-address.ts";
import { type FieldError, field, internalError, invalid } from "../../machinery/errors.ts";
import type { AllocationMetrics } from "../metrics/allocation-metrics.ts";
import type { ClusterIPRange, IPFamily } from "./cluster-ip.ts";
import type { NodePortRange } from "./node-port.ts";
import { DryPorts, takePorts } from "./service-ports.ts";

export interface Ranges {
  /** One for each family that the cluster has, the default one first. */
  clusterIPs: ClusterIPRange[];
  /** Of ServiceCIDR objects: more room for the families that there are. */
  added: ClusterIPRange[];
  nodePorts: NodePortRange;
  metrics: AllocationMetrics;
}

export interface Taken {
  ips: string[];
  ports: number[];
}

const headless = "None";

/** What a stored service holds. External names may say node ports, and have none. */
export function usedBy(service: Service): Taken {
  const told = toldBy(service);
  return service.spec?.type === "ExternalName" ? { ...told, ports: [] } : told;
}

/** What a service may keep on an update. */
function toldBy({ spec }: Service): Taken {
  if (!spec) return { ips: [], ports: [] };
  const ports = new Set((spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
  if (spec.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  return { ips: (spec.clusterIPs ?? []).filter((ip) => ip !== headless && ip !== ""), ports: [...ports] };
}

/**
 * Fills in families, cluster addresses and node ports of a service, in place, and gives what was taken anew. In a dry run what the client
 * didn't name is told by placeholders: the network's address, and ports from 32769 on.
 */
export function allocateForService(ranges: Ranges, service: Service, old: Service | undefined, dryRun = false): Taken {
  const { spec } = service;
  if (!spec) return { ips: [], ports: [] };
  const before: Taken = old ? toldBy(old) : { ips: [], ports: [] };
  const taken: Taken = { ips: [], ports: [] };
  if (spec.type !== "ExternalName") {
    // A service that prefers two stacks stays as it is until it is told otherwise, whatever the cluster has by now.
    if (!old?.spec || !keepsPreferredStacks(spec, old.spec)) {
      setFamilies(ranges, service, spec, old?.spec);
      takeAddresses(ranges, service, spec, old?.spec?.clusterIPs ?? [], taken, dryRun);
    }
  }
  const ports = dryRun ? new DryPorts(ranges.nodePorts) : ranges.nodePorts;
  const told = dryRun ? undefined : ranges.metrics;
  takePorts(ports, service, spec, old ? before.ports : undefined, taken.ports, told);
  return taken;
}

function keepsPreferredStacks(spec: ServiceSpec, old: ServiceSpec): boolean {
  const prefers = "PreferDualStack";
  return (
    spec.ipFamilyPolicy === prefers &&
    (old.ipFamilyPolicy === undefined || old.ipFamilyPolicy === prefers) &&
    spec.type === old.type &&
    same(spec.clusterIPs, old.clusterIPs) &&
    same(spec.ipFamilies, old.ipFamilies)
  );
}

function fail(service: Service, ...errors: FieldError[]): never {
  throw invalid({ group: "", kind: "Service" }, service.metadata.name ?? "", errors);
}

/** Decides policy and families from what the service says and the cluster has. */
function setFamilies(ranges: Ranges, service: Service, spec: ServiceSpec, old: ServiceSpec | undefined): void {
  const configured = ranges.clusterIPs.map(({ family }) => family);
  const isHeadless = spec.clusterIP === headless;
  const anySelector = Object.keys(spec.selector ?? {}).length > 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (isHeadless && !anySelector ? "RequireDualStack" : "SingleStack");
  const errors: FieldError[] = [];
  validateClusterIPs(errors, spec, old?.clusterIPs);
  if (errors.length > 0) fail(service, ...errors);
  if (spec.ipFamilyPolicy === "SingleStack" && old) {
    // Asking for a single stack again gives the second address back.
    if ((spec.clusterIPs?.length ?? 0) > 1 && same(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs = spec.clusterIPs?.slice(0, 1) ?? [];
    if ((spec.ipFamilies?.length ?? 0) > 1 && same(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies = spec.ipFamilies?.slice(0, 1) ?? [];
  }
  if (old && spec.ipFamilyPolicy !== "SingleStack") {
    const reduced = (what: "clusterIPs" | "ipFamilies") =>
      (old[what]?.length ?? 0) > 1 && spec[what]?.length === 1 && old[what]?.[0] === spec[what]?.[0];
    const text = (what: string) => `must be 'SingleStack' to release the secondary ${what}`;
    if (reduced("clusterIPs")) errors.push(field.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, text("cluster IP")));
    if (reduced("ipFamilies")) errors.push(field.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, text("IP family")));
  }
  if (spec.ipFamilyPolicy === "SingleStack") {
    const detail = (what: string) => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    if ((spec.clusterIPs?.length ?? 0) === 2) errors.push(field.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, detail("cluster IPs")));
    if ((spec.ipFamilies?.length ?? 0) === 2) errors.push(field.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, detail("IP families")));
  }
  const families = [...(spec.ipFamilies ?? [])] as IPFamily[];
  (spec.clusterIPs ?? []).forEach((ip, index) => {
    if (ip === headless || ip === "" || index < families.length) return;
    const family: IPFamily = ip.includes(":") ? "IPv6" : "IPv4";
    if (configured.includes(family)) families.push(family);
    else errors.push(field.invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  });
  if (errors.length > 0) fail(service, ...errors);
  const other = (family: IPFamily | undefined): IPFamily => (family === "IPv4" ? "IPv6" : "IPv4");
  if (isHeadless && !anySelector) {
    if (families.length === 0) families.push(configured[0] as IPFamily);
    if (families.length < 2 && spec.ipFamilyPolicy !== "SingleStack") families.push(other(families[0]));
    spec.ipFamilies = families;
    return;
  }
  if (spec.ipFamilyPolicy === "RequireDualStack" && configured.length < 2) {
    errors.push(field.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, "this cluster is not configured for dual-stack services"));
  }
  families.forEach((family, index) => {
    if (!configured.includes(family)) errors.push(field.invalid(`spec.ipFamilies[${index}]`, family, "not configured on this cluster"));
  });
  if (errors.length > 0) fail(service, ...errors);
  if (families.length === 0) families.push(configured[0] as IPFamily);
  if (families.length === 1 && spec.ipFamilyPolicy !== "SingleStack" && configured.length > 1) families.push(other(families[0]));
  spec.ipFamilies = families;
}

function takeAddresses(
  ranges: Ranges,
  service: Service,
  spec: ServiceSpec,
  before: readonly string[],
  taken: Taken,
  dryRun: boolean,
): void {
  if (spec.clusterIP === headless || spec.clusterIPs?.[0] === headless) {
    spec.clusterIP = headless;
    spec.clusterIPs = [headless];
    return;
  }
  const asked = spec.clusterIPs?.length ? spec.clusterIPs : spec.clusterIP ? [spec.clusterIP] : [];
  const shown = Array.from({ length: Math.max(asked.length, spec.ipFamilies?.length ?? 0) }, (_, index) => asked[index] ?? "");
  const ips: string[] = [];
  (spec.ipFamilies ?? []).forEach((family, index) => {
    const range = ranges.clusterIPs.find((one) => one.family === family);
    if (!range) return;
    const wanted = asked[index];
    if (wanted === undefined || wanted === "") {
      if (dryRun) {
        ips.push(range.networkAddress);
        return;
      }
      const more = ranges.added.filter((one) => one.family === family);
      const ip = [range, ...more].reduce<string | undefined>((found, one) => found ?? nextFree(one, taken.ips), undefined);
      ranges.metrics.address(range.cidr, "dynamic", ip !== undefined);
      if (!ip)
        throw internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(service.metadata.name ?? "")}: range is full`);
      checkRecord(service, shown, "failed to allocate IP", ip);
      taken.ips.push(ip);
      ips.push(ip);
      return;
    }
    // An address that changes is refused by validation, as is one where there was none on purpose.
    if (!before.includes(wanted) && index >= before.length) {
      const refuse = (why: string) => {
        if (!dryRun) ranges.metrics.address(home?.cidr ?? range.cidr, "static", false);
        fail(service, field.invalid("spec.clusterIPs", shown, `failed to allocate IP ${wanted}: ${why}`));
      };
      const home = [...ranges.clusterIPs, ...ranges.added].find((one) => one.contains(wanted));
      const outside = `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${range.cidr}`;
      if (!home) refuse(dryRun ? outside : "the provided network does not match the current range");
      if (!dryRun) {
        checkRecord(service, shown, `failed to allocate IP ${wanted}`, wanted);
        if (home?.isUsed(wanted)) refuse("provided IP is already allocated");
        ranges.metrics.address(home?.cidr ?? range.cidr, "static", true);
      }
      taken.ips.push(wanted);
    }
    ips.push(wanted);
  });
  spec.clusterIPs = ips;
  if (ips[0]) spec.clusterIP = ips[0];
}

/** The object of an address names the service, whose own name isn't checked yet. */
function checkRecord(service: Service, shown: readonly string[], beginning: string, ip: string): void {
  const { name = "", namespace = "" } = service.metadata;
  const errors = parentErrors({ resource: "services", namespace, name });
  if (errors.length === 0) return;
  const { message } = invalid({ group: "networking.k8s.io", kind: "IPAddress" }, ip, errors).status;
  fail(service, field.invalid("spec.clusterIPs", shown, `${beginning}: ${message}`));
}

function nextFree(range: ClusterIPRange, taken: readonly string[]): string | undefined {
  for (let attempt = 0; attempt < 8; attempt++) {
    const ip = range.next();
    if (ip === undefined || !taken.includes(ip)) return ip;
  }
  return undefined;
}

function same(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a?.length ?? 0) === (b?.length ?? 0) && (a ?? []).every((value, index) => value === b?.[index]);
}
