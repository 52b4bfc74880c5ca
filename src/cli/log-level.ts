import { UsageError } from "../cluster/options.ts";

const logLevels = ["debug", "info", "warn", "error"] as const;

export function logLevelOf(text: string): (typeof logLevels)[number] {
  const level = logLevels.find((name) => name === text);
  if (!level) throw new UsageError(`--log-level takes ${logLevels.join(", ")}; not "${text}"`);
  return level;
}
