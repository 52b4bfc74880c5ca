import { type FieldError, type FieldPath, field } from "../machinery/errors.ts";
import { deepEqual, setField } from "../machinery/object.ts";
import facts from "./internal-forms.json" with { type: "json" };

/** `[]`, `{}` and `*` prefixes before a scalar's letter or the name of a struct. */
type Form = string;

interface FormField {
  /** The name in messages. Empty: the value's own fields stand in its place. */
  shown: string;
  /** Where the value is: a name; `.` for the object itself; `^name` for the object that holds it; `-` for nowhere. */
  from: string;
  form: Form;
  omitsZero: boolean;
}

type Fields = Record<string, unknown>;

const forms = facts as Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export const selectorForm = "machinery/meta/v1#LabelSelector";

/** Values that are a struct or something else in its place, and the two fields that upstream has for them. */
const unions: Readonly<Record<string, readonly [struct: string, other: string, none: unknown]>> = {
  JSONSchemaPropsOrArray: ["Schema", "JSONSchemas", null],
  JSONSchemaPropsOrBool: ["Schema", "Allows", true],
  JSONSchemaPropsOrStringArray: ["Schema", "Property", null],
};

/**
 * A value as upstream's messages show it: in the form that its server has in memory, with that form's names, order, and all fields
 * that aren't set. `type` is a reference into the tables (`api/core/v1#PodSpec`), with `[]` before it for a list.
 */
export function internalForm(type: string, value: unknown): unknown {
  return shownAs(type, value, "", undefined);
}

/** Complains of a value that may not change, which is shown in full. */
export function requireSame(errors: FieldError[], type: string, value: unknown, old: unknown, path: FieldPath): void {
  if (deepEqual(value, old)) return;
  errors.push(field.invalid(path, value === undefined ? null : internalForm(type, value), "field is immutable"));
}

function shownAs(form: Form, value: unknown, file: string, holder: Fields | undefined): unknown {
  if (form.startsWith("*")) return value === undefined || value === null ? null : shownAs(form.slice(1), value, file, holder);
  if (form.startsWith("[]")) {
    return Array.isArray(value) ? value.map((item) => shownAs(form.slice(2), item, file, undefined)) : null;
  }
  if (form.startsWith("{}")) {
    if (typeof value !== "object" || value === null) return null;
    const map: Fields = {};
    for (const key of Object.keys(value).sort()) setField(map, key, shownAs(form.slice(2), (value as Fields)[key], file, undefined));
    return map;
  }
  const hash = form.indexOf("#");
  if (hash >= 0) return structAs(form.slice(0, hash) || file, form.slice(hash + 1), value, holder);
  return value ?? zeroOf(form);
}

function zeroOf(form: Form): unknown {
  switch (form) {
    case "s":
      return "";
    case "i":
      return 0;
    case "b":
      return false;
    case "q":
      return "0";
    case "o":
      return {};
    default:
      return null;
  }
}

function structAs(file: string, name: string, value: unknown, holder: Fields | undefined): unknown {
  const union = unions[name];
  if (union) {
    const [struct, other, none] = union;
    const isStruct = typeof value === "object" && value !== null && !Array.isArray(value);
    const whole = isStruct ? structAs(file, "JSONSchemaProps", value, undefined) : null;
    const items = other === "JSONSchemas" && Array.isArray(value) ? shownAs("[]#JSONSchemaProps", value, file, undefined) : (value ?? none);
    const rest = isStruct ? none : items;
    return other === "Allows" ? { [other]: rest, [struct]: whole } : { [struct]: whole, [other]: rest };
  }
  const object = (typeof value === "object" && value !== null ? value : {}) as Fields;
  const result: Fields = {};
  for (const field of fieldsOf(file, name)) {
    const { shown, from, form, omitsZero } = field;
    const found = from === "." ? object : from === "-" ? undefined : from.startsWith("^") ? holder?.[from.slice(1)] : object[from];
    if (shown === "") Object.assign(result, shownAs(form, found, file, object));
    else if (!omitsZero || (found !== undefined && found !== null && !isEmpty(found)))
      result[shown] = shownAs(holdsForm(form, object), found, file, object);
  }
  return result;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** The security context of a pod shows what the pod's spec says of the host, and is there when the spec says something. */
function holdsForm(form: Form, object: Fields): Form {
  if (form !== "*#PodSecurityContext" || object.securityContext !== undefined) return form;
  return hostFields.some((name) => object[name] !== undefined) ? "#PodSecurityContext" : form;
}

const hostFields = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];

function fieldsOf(file: string, name: string): FormField[] {
  const lines = forms[file]?.[name];
  if (!lines) throw new Error(`no internal form of ${file}#${name}`);
  return lines.map((line) => {
    const parts = line.split(" ");
    const shown = (parts[0] as string).replace("?", "");
    const from = parts.length > 2 ? (parts[1] as string) : `${shown.charAt(0).toLowerCase()}${shown.slice(1)}`;
    return { shown, from, form: parts.at(-1) as string, omitsZero: parts[0] !== shown };
  });
}
