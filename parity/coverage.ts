import resources from "../src/api/resources.json" with { type: "json" };
import { fieldPathOf, fieldPathsOf } from "./field-paths.ts";
import { type Case, schemaOf } from "./random-damage.ts";

/** Which fields of the type tables were damaged. */
export class Coverage {
  readonly #kinds = new Map<string, { all: Set<string>; damaged: Set<string> }>();

  add({ base, places }: Case): void {
    const kind = `${base.object.apiVersion} ${base.object.kind}`;
    let known = this.#kinds.get(kind);
    if (!known) {
      const schema = schemaOf(base);
      // Who only asks can't say what the answer is.
      const ofStatus = base.isReview ? [] : fieldPathsOf(schema, true);
      known = { all: new Set([...fieldPathsOf(schema, false), ...ofStatus]), damaged: new Set() };
      this.#kinds.set(kind, known);
    }
    for (const place of places) known.damaged.add(fieldPathOf(place));
  }

  lines(shown: number): string[] {
    const lines: string[] = [];
    let [damaged, all] = [0, 0];
    for (const [kind, one] of [...this.#kinds].sort()) {
      const left = [...one.all].filter((path) => !one.damaged.has(path));
      damaged += one.all.size - left.length;
      all += one.all.size;
      if (left.length === 0) continue;
      const more = left.length > shown ? ", …" : "";
      lines.push(`${kind}: ${left.length} of ${one.all.size} fields never damaged: ${left.slice(0, shown).join(", ")}${more}`);
    }
    lines.push(`${damaged} of ${all} fields of ${this.#kinds.size} kinds damaged`);
    const kinds = resources.map(({ group, version, kind }) => `${group === "" ? "" : `${group}/`}${version} ${kind}`);
    const without = kinds.filter((kind) => !this.#kinds.has(kind));
    if (without.length > 0) lines.push(`kinds without a case: ${without.join(", ")}`);
    return lines;
  }
}
