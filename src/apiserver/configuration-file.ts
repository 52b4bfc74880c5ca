import { parseDuration } from "../machinery/duration.ts";
import type { FieldError } from "../machinery/errors.ts";
import { jsonName } from "../machinery/schema/decode.ts";
import { aggregated } from "./authorization/authorizer.ts";
import { type TypeCatalog, YamlError } from "./types.ts";

/** A configuration that can't be taken: the message tells all that is wrong. */
export class ConfigurationError extends Error {}

/** What a field takes: a text, a truth, a duration (in milliseconds then), a list, or an object with a Go name and fields. */
export type Shape = "string" | "bool" | "duration" | ListShape | StructShape;

export interface ListShape {
  readonly items: Shape;
}

export interface StructShape {
  /** `v1.JWTAuthenticator`, for messages. */
  readonly struct: string;
  readonly fields: Readonly<Record<string, Shape>>;
}

export function struct(name: string, fields: Readonly<Record<string, Shape>>): StructShape {
  return { struct: name, fields };
}

export function listOf(items: Shape): ListShape {
  return { items };
}

const group = "apiserver.config.k8s.io";

/** Reads a file of `apiserver.config.k8s.io` of that kind, strictly. Throws `ConfigurationError`. */
export function readConfiguration(
  types: TypeCatalog,
  text: string,
  kind: string,
  versions: readonly string[],
  shape: StructShape,
): unknown {
  if (text.trim() === "") throw new ConfigurationError("empty config data");
  let parsed: ReturnType<TypeCatalog["parseYaml"]>;
  try {
    parsed = types.parseYaml(text);
  } catch (error) {
    if (error instanceof YamlError) throw new ConfigurationError(error.message);
    throw error;
  }
  const { value, problems } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonName(value)} into a configuration`,
    );
  }
  const { apiVersion, kind: given } = value as { apiVersion?: unknown; kind?: unknown };
  if (!given) throw new ConfigurationError(`Object 'Kind' is missing in '${text}'`);
  if (!apiVersion) throw new ConfigurationError(`Object 'apiVersion' is missing in '${text}'`);
  if (given !== kind || !versions.some((version) => apiVersion === `${group}/${version}`)) {
    throw new ConfigurationError(`expected ${kind} of ${group}/${versions[0]}, got ${String(given)} of ${String(apiVersion)}`);
  }
  const reader = new Reader([...problems]);
  const { apiVersion: _version, kind: _kind, ...fields } = value as Record<string, unknown>;
  const configuration = reader.read(fields, shape, "", shape.struct.replace(/^.*\./, ""));
  if (reader.unknown.length > 0) throw new ConfigurationError(`strict decoding error: ${reader.unknown.join(", ")}`);
  return configuration;
}

class Reader {
  readonly unknown: string[];

  constructor(problems: string[]) {
    this.unknown = problems;
  }

  /** `where` is the path in the file, `goField` that of Go's types. */
  read(value: unknown, shape: Shape, where: string, goField: string): unknown {
    if (value === null || value === undefined) return undefined;
    if (shape === "duration") return readDuration(value, goField);
    if (typeof shape === "string") {
      if (typeof value === (shape === "bool" ? "boolean" : "string")) return value;
      throw wrongType(value, goField, shape);
    }
    if ("items" in shape) {
      if (!Array.isArray(value)) throw wrongType(value, goField, goType(shape));
      return value.map((item, index) => this.read(item, shape.items, `${where}[${index}]`, goField));
    }
    if (typeof value !== "object" || Array.isArray(value)) throw wrongType(value, goField, goType(shape));
    const result: Record<string, unknown> = {};
    for (const [name, given] of Object.entries(value)) {
      const known = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
      const path = where === "" ? name : `${where}.${name}`;
      if (known === undefined) this.unknown.push(`unknown field ${JSON.stringify(path)}`);
      else result[name] = this.read(given, known, path, `${goField}.${name}`);
    }
    return result;
  }
}

function readDuration(value: unknown, goField: string): number {
  if (typeof value !== "string") throw wrongType(value, goField, "string");
  const parsed = parseDuration(value);
  if (typeof parsed === "string") throw new ConfigurationError(`time: ${parsed}`);
  return parsed;
}

function goType(shape: Shape): string {
  if (typeof shape === "string") return shape === "duration" ? "v1.Duration" : shape;
  return "items" in shape ? `[]${goType(shape.items)}` : shape.struct;
}

function wrongType(value: unknown, goField: string, type: string): ConfigurationError {
  return new ConfigurationError(`json: cannot unmarshal ${jsonName(value)} into Go struct field ${goField} of type ${type}`);
}

/** Throws `ConfigurationError` with all of them. */
export function refuseErrors(errors: readonly FieldError[], prefix = ""): void {
  if (errors.length > 0) throw new ConfigurationError(`${prefix}${aggregated(errors.map(({ text }) => text))}`);
}
