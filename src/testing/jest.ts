/** `import "kybern/testing/jest"` adds the matchers to Jest's `expect`. */
import { expect } from "@jest/globals";
import { type KubernetesMatchers, matchers } from "./matchers.ts";

expect.extend(matchers);

declare module "expect" {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends KubernetesMatchers {}
}
