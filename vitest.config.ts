import { defineConfig } from "vitest/config";

/** A private containerd each, in a process of its own: threads keep a record of open files, which pipes to containers contradict. */
const realContainers = ["src/node/runtime/cri/cri-runtime.test.ts", "src/cluster/node-proxy.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "tools/**/*.test.ts", "fuzz/**/*.test.ts"],
          exclude: realContainers,
          pool: "threads",
          sequence: { groupOrder: 0 },
          testTimeout: 30_000,
        },
      },
      {
        test: { name: "parity", include: ["parity/**/*.test.ts"], sequence: { groupOrder: 0 }, testTimeout: 120_000, hookTimeout: 60_000 },
      },
      {
        // Real clusters with real containers: one after another, since they share the machine.
        test: {
          name: "end-to-end",
          include: ["test/**/*.test.ts", ...realContainers],
          pool: "forks",
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
