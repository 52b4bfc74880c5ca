import type { Pod } from "../../api/core/v1.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { PodFiles } from "./pod-files.ts";

/** The files of pods on a node without a disk: paths are told, nothing is ever written, and nothing is there. */
export class NoPodFiles extends PodFiles {
  /** Joined, it is one piece: the runtime keeps it. */
  override logDirectory(pod: Pod): string {
    return [this.logRoot, "/", namespaceOf(pod), "_", nameOf(pod), "_", uidOf(pod)].join("");
  }

  override async makeLogDirectory(pod: Pod): Promise<string> {
    return this.logDirectory(pod);
  }

  override async makeTerminationLog(uid: string, container: string, attempt: number): Promise<string> {
    return this.terminationLog(uid, container, attempt);
  }

  /** No file: containers get none. */
  override async makeHostsFile(): Promise<string> {
    return "";
  }

  override async nextAttempt(): Promise<number> {
    return 0;
  }

  override async removeAttempt(): Promise<void> {}

  override async remove(): Promise<void> {}

  override async logDirectories(): Promise<Map<string, string>> {
    return new Map();
  }

  override async removeLogs(): Promise<void> {}

  override tail(): string {
    return "";
  }
}
