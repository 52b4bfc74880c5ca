import { Failure } from "../values/value.ts";

/** No function makes a longer text, however little it costs. */
export const maxTextLength = 2 ** 25;

export const tooLong = new Failure("operation cancelled: actual cost limit exceeded");
