import { join } from "node:path";
import type { Pod } from "../../api/core/v1.ts";
import { uidOf } from "../../machinery/object.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import { containerAnnotations } from "./labels.ts";
import type { PodFiles } from "./pod-files.ts";

const maxMessageBytes = 4096;
const maxFallbackBytes = 2048;
const maxFallbackLines = 80;

/** What an ended container left in its termination log, or the end of its log where its policy says so. */
export function terminationMessage(files: PodFiles, pod: Pod, status: ContainerStatus): string {
  const message = files.tail(files.terminationLog(uidOf(pod), status.name, status.attempt), maxMessageBytes);
  if (message !== "" || status.exitCode === 0) return message;
  if (status.annotations[containerAnnotations.terminationMessagePolicy] !== "FallbackToLogsOnError") return "";
  const log = files.tail(join(files.logDirectory(pod), files.logPath(status.name, status.attempt)), 16 * 1024);
  // Lines of a CRI log: time, stream, tag, text.
  const lines = log.split("\n").filter((line) => line !== "");
  const texts = lines.slice(-maxFallbackLines).map((line) => line.split(" ").slice(3).join(" "));
  return texts
    .join("\n")
    .concat(texts.length > 0 ? "\n" : "")
    .slice(-maxFallbackBytes);
}
