/** `import "kybern/testing/vitest"` adds the matchers to Vitest's `expect`. */
import { expect } from "vitest";
import { type KubernetesMatchers, matchers } from "./matchers.ts";

expect.extend(matchers);

declare module "vitest" {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends KubernetesMatchers {}
}
