import { badRequest, type FieldError, field } from "../../machinery/errors.ts";
import { canonicalTime, TimeError } from "../../machinery/schema/time-text.ts";

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/** An integer as Go reads it; a text that is none is a bad request. */
export function parseGoInteger(text: string, { least, most } = int64, reader = "ParseInt", context = ""): bigint {
  const complaint = (why: string) => badRequest(`${context}strconv.${reader}: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text) || (least === 0n && /^[+-]/.test(text))) throw complaint("invalid syntax");
  const value = BigInt(text);
  if (value < least || value > most) throw complaint("value out of range");
  return value;
}

/**
 * The options of a log as its node's agent wants them, and what makes no sense of them. They are read, in the order of upstream's type,
 * before anything is looked up. Throws the 400 for texts that can't be read.
 */
export function readLogOptions(query: URLSearchParams): { options: URLSearchParams; errors: readonly FieldError[] } {
  const passed = new URLSearchParams();
  const integer = (option: string): bigint | undefined => {
    const text = query.get(option);
    if (text === null) return undefined;
    const value = parseGoInteger(text);
    passed.set(option, String(value));
    return value;
  };
  const flag = (option: string) => {
    if (booleanOption(query.get(option))) passed.set(option, "true");
  };
  flag("follow");
  flag("previous");
  const sinceSeconds = integer("sinceSeconds");
  const sinceTime = query.get("sinceTime");
  if (sinceTime) {
    checkTime(sinceTime);
    passed.set("sinceTime", sinceTime);
  }
  flag("timestamps");
  const tailLines = integer("tailLines");
  const limitBytes = integer("limitBytes");
  const errors: FieldError[] = [];
  const least = (option: string, value: bigint | undefined, limit: bigint, text: string) => {
    if (value !== undefined && value < limit) errors.push(field.invalid(option, Number(value), text));
  };
  least("tailLines", tailLines, 0n, "must be greater than or equal to 0");
  least("limitBytes", limitBytes, 1n, "must be greater than 0");
  if (sinceSeconds !== undefined && sinceTime) {
    errors.push(field.forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  } else least("sinceSeconds", sinceSeconds, 1n, "must be greater than 0");
  if (query.has("stream")) errors.push(field.forbidden("stream", "may not be specified"));
  return { options: passed, errors };
}

/** The option of a log that takes it from whoever answers in the agent's place. */
export const unverifiedOption = "insecureSkipTLSVerifyBackend";

/** Upstream takes everything for true that isn't false. */
export function booleanOption(text: string | null): boolean {
  return text !== null && text.toLowerCase() !== "false" && text !== "0";
}

function checkTime(text: string): void {
  try {
    canonicalTime(text);
  } catch (error) {
    if (!(error instanceof TimeError)) throw error;
    throw badRequest(error.message);
  }
}
