import { expect, it } from "vitest";
import { answerDocument, type HttpDocument } from "./document.ts";

const document: HttpDocument = {
  bytes: new TextEncoder().encode("0123456789"),
  type: "application/json",
  etag: '"a"',
  modifiedMilliseconds: Date.UTC(2024, 0, 1),
  headers: { vary: "Accept" },
};
const ask = (headers: Record<string, string>, method = "GET") =>
  answerDocument({ method, path: "/", query: new URLSearchParams(), headers }, document);

it("tells when the whole document came to be and that parts can be had", () => {
  const { status, headers } = ask({});
  expect(status).toBe(200);
  expect(headers).toEqual({
    vary: "Accept",
    etag: '"a"',
    "content-type": "application/json",
    "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT",
    "accept-ranges": "bytes",
  });
});

it.each([
  ["bytes=2-4", "234"],
  ["bytes=7-", "789"],
  ["bytes=7-99", "789"],
  ["bytes=-3", "789"],
  ["bytes=-99", "0123456789"],
])("gives the range %s", (range, expected) => {
  const { status, body } = ask({ range });
  expect(status).toBe(206);
  expect(body.form === "bytes" && new TextDecoder().decode(body.bytes)).toBe(expected);
});

it.each([
  [{ range: "bytes=10-" }, 416],
  [{ range: "bytes=4-2" }, 416],
  [{ range: "bytes=1-2", "if-range": '"b"' }, 200],
  [{ "if-none-match": '"b", W/"a"' }, 304],
  [{ "if-none-match": '"b"', "if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT" }, 200],
  [{ "if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT" }, 304],
  [{ "if-modified-since": "Sun, 31 Dec 2023 23:59:59 GMT" }, 200],
  [{ "if-match": 'W/"a"' }, 412],
  [{ "if-unmodified-since": "Sun, 31 Dec 2023 23:59:59 GMT" }, 412],
])("answers %j with %i", (headers, status) => {
  expect(ask(headers as unknown as Record<string, string>).status).toBe(status);
});

it("refuses writes of what is already there", () => {
  expect(ask({ "if-none-match": "*" }, "POST").status).toBe(412);
});
