import type { Compared } from "./normalise.ts";

interface Cause {
  field?: string;
  message?: string;
}

interface StatusBody {
  message?: string;
  details?: { name?: string; causes?: Cause[] };
  status?: { resourceRules?: unknown[]; nonResourceRules?: unknown[] };
}

const generated = /[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** An answer with what upstream tells in the order of its maps, another one each time, in an order of ours. */
export function unordered(answer: Compared): Compared {
  const body = answer.body as StatusBody | undefined;
  if (typeof body !== "object" || body === null) return answer;
  const causes = body.details?.causes;
  if (Array.isArray(causes) && causes.length > 0) return { ...answer, body: unorderedCauses(body, causes) };
  if (body.status?.resourceRules || body.status?.nonResourceRules) {
    const { resourceRules, nonResourceRules } = body.status;
    const status = { ...body.status, resourceRules: sorted(resourceRules), nonResourceRules: sorted(nonResourceRules) };
    return { ...answer, body: { ...body, status } };
  }
  return answer;
}

function unorderedCauses(body: StatusBody, causes: readonly Cause[]): unknown {
  const ordered: Cause[] = [];
  for (let begin = 0; begin < causes.length; ) {
    let end = begin + 1;
    while (end < causes.length && causes[end]?.field === causes[begin]?.field) end++;
    ordered.push(...(sorted(causes.slice(begin, end)) as Cause[]));
    begin = end;
  }
  let result: StatusBody = { ...body, details: { ...body.details, causes: ordered } };
  const texts = [...new Set(ordered.map(({ field, message }) => `${field}: ${message}`))];
  const open = body.message?.indexOf(" is invalid: [") ?? -1;
  const given = body.message?.slice(open + " is invalid: [".length, -1) ?? "";
  if (open >= 0 && given.length === texts.join(", ").length && texts.every((text) => given.includes(text))) {
    result.message = `${body.message?.slice(0, open)} is invalid: [${texts.join(", ")}]`;
  }
  const name = body.details?.name ?? "";
  if (causes.some(({ field }) => /^metadata\.(generateN|n)ame$/.test(field ?? "")) && generated.test(name)) {
    result = JSON.parse(JSON.stringify(result).replaceAll(name, name.replace(generated, "<random>")));
  }
  return result;
}

function sorted(items: readonly unknown[] | undefined): unknown[] | undefined {
  return items && [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
