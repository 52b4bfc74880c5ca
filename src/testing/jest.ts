/** `import "kybern/testing/jest"` adds the matchers to Jest's `expect`. */
import { expect } from "@jest/globals";
import { type KubernetesMatchers, matchers } from "./matchers.ts";

expect.extend(matchers);

declare module "expect" {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends KubernetesMatchers {}
}

/** Where `expect` is the global one, its types are those of `@types/jest`. */
declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: as @types/jest has it, letter for letter
    interface Matchers<R, T = {}> extends KubernetesMatchers {}
  }
}
