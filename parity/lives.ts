import { asTable } from "./damages.ts";
import { type Answer, changed, get, patch, put, type Request, type Sequence, type Step } from "./sequences.ts";

// biome-ignore lint/suspicious/noExplicitAny: authors reach into objects as they know them
type Change = (object: any) => void;

/** POST of a manifest in YAML. */
export function manifest(path: string, text: string, more: Partial<Request> = {}): Request {
  return { method: "POST", path, raw: text, ...more, headers: { "content-type": "application/yaml", ...more.headers } };
}

/** Server-side apply of a manifest in YAML. */
export function applied(path: string, text: string, manager: string, query = ""): Request {
  const headers = { "content-type": "application/apply-patch+yaml" };
  return { method: "PATCH", path: `${path}?fieldManager=${manager}${query}`, raw: text, headers };
}

/** PUT of an object as it was last answered, with a change. `at` may end in a subresource, and in a query. */
export function edit(at: string, change: Change, subresource = "", query = ""): Step {
  return (answers) => put(`${at}${subresource}${query}`, changed([lastOf(answers, at)], 0, change));
}

/** The object's last answer, not its scale: by its name, as far as that is told before the run. */
function lastOf(answers: readonly Answer[], at: string): Answer {
  const [start = ""] = (at.split("/").at(-1) ?? "").split("{");
  const found = answers.findLast(({ status, body }) => {
    const name = body?.metadata?.name;
    return status < 300 && typeof name === "string" && name.startsWith(start) && body.metadata.uid !== undefined && body.kind !== "Scale";
  });
  return found ?? { status: 0, headers: {}, body: { metadata: { name: start } } };
}

export function table(path: string): Request {
  return get(path, asTable);
}

export const merge = (at: string, body: unknown): Request => patch("merge", at, body);
export const strategic = (at: string, body: unknown): Request => patch("strategic", at, body);
export const json = (at: string, body: unknown): Request => patch("json", at, body);

export function life(name: string, ...steps: Step[]): Sequence {
  return { name, steps };
}
