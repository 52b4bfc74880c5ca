import pino from "pino";
import type { Logger } from "../machinery/logger.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Names whose values never reach a log line, wherever they stand in its fields. */
const secretFields = ["token", "password", "key", "authorization", "data", "stringData", "privateKey"];

/** A logger that writes JSON lines to a file, or to standard error when no file is given. */
export function createLogger(level: LogLevel, file?: string): Logger {
  const destination = pino.destination({ dest: file ?? 2, sync: true, mkdir: true });
  const paths = secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return wrap(pino({ level, base: null, redact: { paths, censor: "[redacted]" } }, destination));
}

function wrap(target: pino.Logger): Logger {
  return {
    debug: (message, fields) => target.debug(printable(fields), message),
    info: (message, fields) => target.info(printable(fields), message),
    warn: (message, fields) => target.warn(printable(fields), message),
    error: (message, fields) => target.error(printable(fields), message),
    child: (fields) => wrap(target.child(fields)),
  };
}

/** Errors as their message and code: a stack only where it helps, for what nobody expected. */
function printable(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    shown[name] = value instanceof Error ? (value.name === "Error" || value.name === "TypeError" ? value.stack : value.message) : value;
  }
  return shown;
}
