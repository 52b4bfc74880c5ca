import { create, put, type Sequence, type Step } from "./sequences.ts";

// biome-ignore lint/suspicious/noExplicitAny: authors reach into bodies as they know them
type Body = any;

/** What is done to a body: where (`spec.ports.0.port`), and the value to put there; undefined takes away what is there. */
export type Damage = readonly [where: string, value: unknown];

export function damaged(body: Body, ...damages: readonly Damage[]): Body {
  const copy = structuredClone(body);
  for (const [where, value] of damages) {
    const parts = where.split(".").map((part) => part.replaceAll("~", "."));
    const last = parts.pop() as string;
    let at = copy;
    for (const part of parts) at = at[part] ??= {};
    if (value !== undefined) at[last] = value;
    else if (Array.isArray(at)) at.splice(Number(last), 1);
    else delete at[last];
  }
  return copy;
}

/** Creates that aren't stored, each with one thing wrong, after one with nothing wrong; then some with several. */
export function damagedCreates(
  path: string,
  body: Body,
  damages: readonly Damage[],
  several: readonly (readonly Damage[])[] = [],
): Sequence {
  const dry = (one: Body) => create(`${path}?dryRun=All`, one);
  return {
    name: "damaged creates",
    steps: [dry(body), ...damages.map((damage) => dry(damaged(body, damage))), ...several.map((all) => dry(damaged(body, ...all)))],
  };
}

/** Updates of a stored object that aren't stored, each with one change. */
export function damagedUpdates(path: string, body: Body, damages: readonly Damage[], subresource = ""): Sequence {
  const one = `${path}/${body.metadata.name}${subresource && `/${subresource}`}`;
  const step =
    (damage: Damage): Step =>
    (answers) =>
      put(`${one}?dryRun=All`, damaged(answers[0]?.body, damage));
  return { name: `damaged updates${subresource && ` of ${subresource}`}`, steps: [create(path, body), ...damages.map(step)] };
}

interface Table {
  columnDefinitions?: { name: string; type: string; format: string; priority: number }[];
  rows?: { cells: unknown[] }[] | null;
}

/** Asks for a table, of which columns and cells are compared. */
export const asTable = {
  headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" },
  pick: (body: unknown) => {
    const { columnDefinitions = [], rows } = body as Table;
    const columns = columnDefinitions.map(({ name, type, format, priority }) => [name, type, format, priority]);
    // Ages aren't what is compared, and the reference has been there for longer.
    const isAge = (cell: unknown) => typeof cell === "string" && /^\d+[smhdy]/.test(cell);
    return { columns, rows: rows === null ? null : rows?.map(({ cells }) => cells.map((cell) => (isAge(cell) ? "<age>" : cell))) };
  },
};

/** Sequences of one kind among those of others. */
export function of(kind: string, ...sequences: readonly Sequence[]): Sequence[] {
  return sequences.map((sequence) => ({ ...sequence, name: `${kind}: ${sequence.name}` }));
}
