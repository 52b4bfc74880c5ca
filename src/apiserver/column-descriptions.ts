import type { Descriptions } from "../machinery/schema/descriptions.ts";

const reference = /^((?:api|machinery)\/\S+#\w+)\.(\w+)( in one paragraph)?$/;

const common: Readonly<Record<string, string>> = {
  Name: "machinery/meta/v1#ObjectMeta.name",
  Age: "machinery/meta/v1#ObjectMeta.creationTimestamp",
  "Created At": "machinery/meta/v1#ObjectMeta.creationTimestamp",
};

/** What the columns of tables say about themselves: texts, and the descriptions of fields, of which only those asked for are kept. */
export class ColumnDescriptions {
  readonly #describe: () => Descriptions;
  readonly #known = new Map<string, string>();
  readonly #references: () => Iterable<string>;

  /** `references` names all descriptions of the columns of built-in kinds, so that the descriptions of the types are read once. */
  constructor(describe: () => Descriptions = () => ({}), references: () => Iterable<string>) {
    this.#describe = describe;
    this.#references = references;
  }

  of(name: string, description: string | undefined): string {
    const text = description ?? common[name] ?? "";
    if (!reference.test(text)) return text;
    if (this.#known.size === 0) this.#read(text);
    return this.#known.get(text) ?? "";
  }

  #read(first: string): void {
    const descriptions = this.#describe();
    for (const text of [first, ...Object.values(common), ...this.#references()]) {
      const [, type = "", field = "", flat] = reference.exec(text) ?? [];
      const described = descriptions[type]?.fields?.[field] ?? "";
      this.#known.set(text, flat ? described.replaceAll("\n\n", "  ") : described);
    }
  }
}
