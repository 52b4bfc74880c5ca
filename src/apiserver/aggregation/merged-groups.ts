import { byVersionPriority } from "../../machinery/version-priority.ts";
import type { AggregatedApi } from "./aggregated-api.ts";
import type { AggregatedApis } from "./aggregated-apis.ts";

/** A group with its versions. */
export interface Versions {
  group: string;
  /** Preferred first. */
  versions: string[];
}

/** What groups have whose APIServices are not there yet. */
const usualPriority = 1000;

/** The groups of this server with those of others among them, where the priorities of their APIServices put them. */
export function withAggregated(apis: AggregatedApis, own: Versions[]): Versions[] {
  const all = apis.all();
  if (all.length === 0) return own;
  const byGroup = Map.groupBy(
    all.toSorted((a, b) => b.versionPriority - a.versionPriority || byVersionPriority(a.version, b.version)),
    ({ group }) => group,
  );
  const merged = own.map(({ group, versions }) => {
    const others = (byGroup.get(group) ?? []).map(({ version }) => version).filter((version) => !versions.includes(version));
    return { group, versions: [...versions, ...others].sort(byVersionPriority) };
  });
  const known = new Set(own.map(({ group }) => group));
  const priorities = apis.groupPriorities();
  const priorityOf = (group: string) => priorities.get(group) ?? usualPriority;
  for (const [group, members] of [...byGroup].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (known.has(group)) continue;
    const name = (one: Versions) => `${one.versions[0]}.${one.group}`;
    const entry = { group, versions: members.map(({ version }: AggregatedApi) => version) };
    const after = merged.findIndex(
      (other) =>
        other.group !== "" &&
        (priorityOf(other.group) < priorityOf(group) || (priorityOf(other.group) === priorityOf(group) && name(other) > name(entry))),
    );
    merged.splice(after < 0 ? merged.length : after, 0, entry);
  }
  return merged;
}
