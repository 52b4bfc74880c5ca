import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { createNodePlatform } from "./platform.ts";

it("gives one turn in each round of the event loop", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const tokenKey = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const platform = createNodePlatform({ tokenKey, authority: "", clientCertificate: () => ({ certificate: "", key: "" }) });
  const turns: string[] = [];
  const work = async (name: string, times: number) => {
    for (; times > 0; times--) {
      await platform.pause();
      turns.push(name);
    }
  };
  const round = async () => {
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      turns.push("round");
    }
  };
  await Promise.all([work("a", 2), work("b", 2), round()]);
  expect(turns).toEqual(["a", "round", "b", "round", "a", "round", "b", "round"]);
  platform.close();
});
