import { pods } from "./core/pod.ts";
import type { DeclaredBehaviour } from "./define-resource.ts";

/** Every behaviour that is written by hand. */
export const handWritten: readonly DeclaredBehaviour[] = [pods];
