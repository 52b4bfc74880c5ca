import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStore } from "../conformance.ts";
import { openLmdbStore } from "./lmdb-store.ts";

describeStore("the LMDB store", { persistent: true, faults: true }, async (options) => {
  const directory = mkdtempSync(join(tmpdir(), "kybern-lmdb-"));
  const { beforeCommit, ...rest } = options;
  const open = () => openLmdbStore({ ...rest, directory, hooks: { beforeCommit } });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async dispose() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
