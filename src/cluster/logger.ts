import pino from "pino";
import type { Logger } from "../machinery/logger.ts";
import { withoutSecrets } from "./redaction.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** A logger that writes JSON lines to a file, or to standard error when no file is given. */
export function createLogger(level: LogLevel, file?: string): Logger {
  const destination = pino.destination({ dest: file ?? 2, sync: true, mkdir: true });
  return wrap(pino({ level, base: null }, destination));
}

function wrap(target: pino.Logger): Logger {
  const at =
    (level: "debug" | "info" | "warn" | "error"): Logger["debug"] =>
    (message, fields = {}) => {
      if (target.isLevelEnabled(level)) target[level](withoutSecrets(fields), message);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => wrap(target.child(withoutSecrets(fields))),
  };
}
