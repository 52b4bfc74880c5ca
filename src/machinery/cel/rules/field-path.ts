import { FieldPath } from "../../errors.ts";
import { propertyOf, type Schema, valuesOf } from "../schema/schema.ts";

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};

/** The path that a rule's `fieldPath` means, undefined where there is no such field in the schema: `.spec.x`, `['a.b'].c`. */
export function ruleFieldPath(text: string, root: Schema): FieldPath | undefined {
  let schema: Schema | undefined = root;
  let path = new FieldPath("");
  const token = /\.([^.[\]]+)|\['((?:\\[\s\S]|[^'\\])*)'\]/y;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match || !schema) return undefined;
    const name = match[1] ?? unescaped(match[2] as string);
    if (name === undefined) return undefined;
    if (schema.properties) {
      schema = propertyOf(schema, name);
      path = path.child(name);
    } else {
      schema = valuesOf(schema);
      path = path.key(name);
    }
    if (!schema) return undefined;
  }
  return path;
}

function unescaped(text: string): string | undefined {
  let isFine = true;
  const plain = text.replace(/\\([\s\S])/g, (_, char: string) => {
    const meant = escapes[char];
    if (meant === undefined) isFine = false;
    return meant ?? "";
  });
  return isFine ? plain : undefined;
}
