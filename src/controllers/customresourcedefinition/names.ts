import type { CustomResourceDefinition, CustomResourceDefinitionNames } from "../../api/apiextensions/v1.ts";
import { deepEqual } from "../../machinery/object.ts";
import { conditionOf, type Told, told } from "./conditions.ts";

export interface NamesResult {
  acceptedNames: CustomResourceDefinitionNames;
  namesAccepted: Told;
  established: Told;
}

const absent: CustomResourceDefinitionNames = { plural: "", kind: "" };

/**
 * Which of its names a definition gets: those that no other of its group has. `group` are all definitions of the group, this one too.
 * Who had a name keeps it.
 */
export function settleNames(definition: CustomResourceDefinition, group: readonly CustomResourceDefinition[]): NamesResult {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of group) {
    const { plural = "", singular = "", shortNames = [], kind = "", listKind = "" } = status?.acceptedNames ?? absent;
    for (const name of [plural, singular, ...shortNames]) resources.add(name);
    kinds.add(kind).add(listKind);
  }
  const wanted = definition.spec.names;
  const had = definition.status?.acceptedNames ?? absent;
  const accepted: CustomResourceDefinitionNames = { ...had };
  let conflict: Told | undefined;
  const refuse = (reason: string, message: string) => {
    conflict = told("NamesAccepted", "False", reason, message);
  };
  const settle = (name: "plural" | "singular" | "kind" | "listKind", reason: string, used: ReadonlySet<string>) => {
    const asked = wanted[name] ?? "";
    if (asked === (had[name] ?? "") || !used.has(asked)) accepted[name] = asked;
    else refuse(reason, inUse(asked));
  };
  settle("plural", "PluralConflict", resources);
  settle("singular", "SingularConflict", resources);
  if (!deepEqual(wanted.shortNames ?? [], had.shortNames ?? [])) {
    const taken = (wanted.shortNames ?? []).filter((name) => !had.shortNames?.includes(name) && resources.has(name));
    if (taken.length > 0) refuse("ShortNamesConflict", joined(taken.map(inUse)));
    else if (wanted.shortNames) accepted.shortNames = wanted.shortNames;
    else delete accepted.shortNames;
  }
  settle("kind", "KindConflict", kinds);
  settle("listKind", "ListKindConflict", kinds);
  if (wanted.categories) accepted.categories = wanted.categories;
  else delete accepted.categories;

  const namesAccepted = conflict ?? told("NamesAccepted", "True", "NoConflicts", "no conflicts found");
  const before = conditionOf(definition, "Established");
  let established: Told = before ?? told("Established", "False", "NotAccepted", "not all names are accepted");
  if (established.status !== "True" && namesAccepted.status === "True") {
    established = told("Established", "True", "InitialNamesAccepted", "the initial names have been accepted");
  }
  return { acceptedNames: accepted, namesAccepted, established };
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

function joined(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`;
}
