import { describe, expect, it } from "vitest";
import { TestServer } from "./testing/test-server.ts";

const text =
  '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}\n';

/** A server with a check that never ends. */
const slow = () =>
  TestServer.started({ healthChecks: [{ name: "slow", check: () => new Promise<undefined>(() => {}), endpoints: ["healthz"] }] });

describe("the time of a request", () => {
  it("ends after a minute, or when the client has said", async () => {
    const test = await slow();
    const answers: [string, number][] = [];
    const ask = (query: string) =>
      void test.get(`/healthz/slow${query}`, { headers: { "audit-id": "mine" } }).then((answer) => {
        expect([answer.text, answer.headers["content-type"], answer.headers["audit-id"]]).toEqual([
          text,
          "text/plain; charset=utf-8",
          "mine",
        ]);
        answers.push([query, answer.status]);
      });
    ask("");
    ask("?timeout=2s");
    ask("?timeout=2h");
    await test.clock.advance(2000);
    expect(answers).toEqual([["?timeout=2s", 504]]);
    await test.clock.advance(57_000);
    expect(answers.length).toBe(1);
    await test.clock.advance(2000);
    expect(answers.slice(1)).toEqual([
      ["", 504],
      ["?timeout=2h", 504],
    ]);
  });

  it("does not end watches", async () => {
    const test = await slow();
    const watch = await test.watch("/api/v1/pods?watch=1&timeout=1s");
    await test.clock.advance(120_000);
    expect(watch.ended).toBe(false);
  });

  it("leaves no timer behind", async () => {
    const test = await slow();
    await test.clock.advance(20_000);
    const before = test.clock.nextTimer();
    await test.get("/version");
    await test.clock.advance(20_000);
    expect(test.clock.nextTimer()).toBe(before);
  });
});
