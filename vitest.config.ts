import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "tools/**/*.test.ts"],
          exclude: ["src/storage/lmdb/power-cut.test.ts"],
          pool: "threads",
          sequence: { groupOrder: 0 },
          testTimeout: 30_000,
        },
      },
      {
        test: { name: "parity", include: ["parity/**/*.test.ts"], sequence: { groupOrder: 0 }, testTimeout: 120_000, hookTimeout: 60_000 },
      },
      {
        // A suite of its own: npm run test:power-cut.
        test: { name: "power-cut", include: ["src/storage/lmdb/power-cut.test.ts"] },
      },
      {
        // Real clusters with real containers: one after another, since they share the machine.
        test: {
          name: "end-to-end",
          include: ["test/**/*.test.ts"],
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
