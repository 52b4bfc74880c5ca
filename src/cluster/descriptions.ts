import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Descriptions } from "../machinery/schema/descriptions.ts";

/** Beside the bundle; from the sources, where the build puts it. */
const places = ["descriptions.json.gz", "../../dist/descriptions.json.gz"];

/** The descriptions that the build took from the published client; none before a build. Read with the first OpenAPI document. */
export function readDescriptions(): Descriptions {
  const path = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
  return path === undefined ? {} : JSON.parse(gunzipSync(readFileSync(path)).toString());
}
