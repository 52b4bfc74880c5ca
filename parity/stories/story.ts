import { applyMergePatch } from "../../src/machinery/patch/merge-patch.ts";
import { type Answer, type Ask, get, type PatchKind, patchTypes, put, type Request, type Sequence, type Watch } from "../sequences.ts";

/** PUT of an object as it was last answered, joined with a change as merge patches are. */
export interface Edit {
  edit: string;
  /** What follows the object's path: `/status?dryRun=All`. */
  at?: string;
  change: object;
}

/** Waits until a path is served: definitions take their time. */
export interface Served {
  served: string;
}

/**
 * A step that is data, so that it can be made at random, left out and printed. Texts in it may refer to answers before it:
 * `<rv:PATH>`, `<uid:PATH>` and `<name:PATH>` to an object as it was last answered, PATH being that of its requests (with
 * generated names that of the collection), `<list-rv>`, `<continue>` and `<token>` to the last answer that had one.
 */
export type StoryStep = Request | Watch | Edit | Served;

export function story(name: string, ...steps: readonly StoryStep[]): Sequence {
  return { name, steps: steps.map((step, index) => stepOf(step, steps.slice(0, index))) };
}

const reference = /<(rv|uid|name):([^<>"]*)>|<(list-rv|continue|token)>/g;

function stepOf(step: StoryStep, before: readonly StoryStep[]): Sequence["steps"][number] {
  if ("served" in step) return get(step.served, { pick: () => "", until: ({ status }) => status === 200 });
  if ("edit" in step) {
    return (answers) => {
      const { edit, at = "", change } = told(step, before, answers);
      const last = lastOf(edit, before, answers);
      return put(`${edit}${at}`, applyMergePatch(last ?? {}, change as never));
    };
  }
  const text = JSON.stringify(step);
  return text.search(reference) < 0 ? step : (answers) => told<Ask>(step, before, answers);
}

/** A step with what it refers to. */
function told<T extends StoryStep | Ask>(step: T, before: readonly StoryStep[], answers: readonly Answer[]): T {
  const text = JSON.stringify(step).replace(reference, (_all, what: string | undefined, path: string, plain: string | undefined) => {
    if (what !== undefined) {
      const { resourceVersion = "1", uid = "none", name = "none" } = lastOf(path, before, answers)?.metadata ?? {};
      return what === "rv" ? resourceVersion : what === "uid" ? uid : name;
    }
    if (plain === "token") return answers.findLast(({ body }) => typeof body?.status?.token === "string")?.body.status.token ?? "none";
    const key = plain === "continue" ? "continue" : "resourceVersion";
    const isList = ({ body }: Answer) => /(List|Table)$/.test(body?.kind ?? "") && body.metadata?.[key];
    return encodeURIComponent(answers.findLast(isList)?.body.metadata[key] ?? "1");
  });
  return JSON.parse(text) as T;
}

function lastOf(path: string, before: readonly StoryStep[], answers: readonly Answer[]): Answer["body"] | undefined {
  const index = answers.findLastIndex(
    ({ status, body }, at) =>
      status < 300 && body?.metadata?.uid !== undefined && body.kind !== "Scale" && isOf(before[at] as StoryStep, path),
  );
  return answers[index]?.body;
}

/** Whether a step is about the object of that path. */
function isOf(step: StoryStep, path: string): boolean {
  if ("edit" in step) return step.edit === path;
  if (!("method" in step)) return false;
  const [at = ""] = step.path.split("?");
  if (step.method !== "POST") return at === path || at === `${path}/status`;
  const { name, generateName } = ((step.body ?? step.protobuf) as { metadata?: { name?: string; generateName?: string } })?.metadata ?? {};
  return at === path ? generateName !== undefined : `${at}/${name}` === path;
}

/** A step as a corpus file says it. */
export function sourceOf(step: StoryStep): string {
  const json = (value: unknown) => JSON.stringify(value);
  if (!("method" in step)) return json(step);
  const { method, path, body, headers, ...rest } = step;
  const more = Object.keys(rest).length > 0 || (headers && method !== "PATCH") ? { ...rest, ...(headers ? { headers } : {}) } : undefined;
  const last = more ? `, ${json(more)}` : "";
  if (method === "GET" && body === undefined) return `get(${json(path)}${last})`;
  if (method === "DELETE") return `remove(${json(path)}${body === undefined && !more ? "" : `, ${json(body) ?? "undefined"}`}${last})`;
  if (method === "PATCH") {
    const [kind] = Object.entries(patchTypes).find(([, type]) => type === headers?.["content-type"]) ?? [];
    const isPlain = kind && body !== undefined && Object.keys(headers ?? {}).length === 1 && !more;
    return isPlain ? `patch(${json(kind as PatchKind)}, ${json(path)}, ${json(body)})` : json(step);
  }
  if (body === undefined) return json(step);
  return method === "POST" || method === "PUT"
    ? `${method === "POST" ? "create" : "put"}(${json(path)}, ${json(body)}${last})`
    : json(step);
}
