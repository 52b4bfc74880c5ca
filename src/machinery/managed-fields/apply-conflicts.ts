import { StatusError } from "../errors.ts";
import { type FieldSet, pathsOf, setHas } from "./field-set.ts";
import { compareText, type ManagerIdentity, managerText } from "./managed-entries.ts";
import { formatPath, type PathElement } from "./path-element.ts";

/** A field that an apply would change and someone else owns. */
export interface Conflict {
  readonly manager: ManagerIdentity;
  readonly path: readonly PathElement[];
}

/** The fields that an apply without `force` would take from others. */
export class ApplyConflict extends Error {
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super(messageOf(conflicts));
    this.name = "ApplyConflict";
    this.conflicts = conflicts;
  }

  static ofSets(sets: readonly (readonly [ManagerIdentity, FieldSet])[]): ApplyConflict {
    const sorted = [...sets].sort(([a], [b]) => compareText(managerText(a), managerText(b)));
    return new ApplyConflict(sorted.flatMap(([manager, fields]) => [...pathsOf(fields)].map((path) => ({ manager, path }))));
  }

  /** The conflicts that a set doesn't excuse; undefined when it excuses all. */
  without(allowed: FieldSet): ApplyConflict | undefined {
    const left = this.conflicts.filter(({ path }) => !setHas(allowed, path));
    return left.length === 0 ? undefined : new ApplyConflict(left);
  }

  /** The 409 that a client gets. */
  toStatusError(): StatusError {
    return new StatusError(409, "Conflict", this.message, {
      causes: this.conflicts.map(({ manager, path }) => ({
        reason: "FieldManagerConflict",
        message: `conflict with ${shownManager(manager)}`,
        field: formatPath(path),
      })),
    });
  }
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first) {
    return `Apply failed with 1 conflict: conflict with ${shownManager(first.manager)}: ${formatPath(first.path)}`;
  }
  const lines: string[] = [];
  let last: string | undefined;
  for (const { manager, path } of conflicts) {
    const text = managerText(manager);
    if (text !== last) lines.push(`conflicts with ${shownManager(manager)}:`);
    last = text;
    lines.push(`- ${formatPath(path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

function shownManager({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  const name = subresource ? `${JSON.stringify(manager)} with subresource ${JSON.stringify(subresource)}` : JSON.stringify(manager);
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
