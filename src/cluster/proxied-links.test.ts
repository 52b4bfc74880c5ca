import { expect, it } from "vitest";
import { proxiedLink, withProxiedLinks } from "./proxied-links.ts";

const place = { prefix: "/api/v1/namespaces/default/pods/web/proxy", address: "10.0.0.1:80", host: "127.0.0.1:6443" };

it.each([
  ["/a/b?x=1#f", "/api/v1/namespaces/default/pods/web/proxy/a/b?x=1#f"],
  ["rel/x", "rel/x"],
  ["http://10.0.0.1:80/a", "/api/v1/namespaces/default/pods/web/proxy/a"],
  ["http://127.0.0.1:6443/a", "http://127.0.0.1:6443/api/v1/namespaces/default/pods/web/proxy/a"],
  ["http://example.com/a", "http://example.com/a"],
  ["//example.com/a", "//example.com/a"],
  ["mailto:a@b", "mailto:a@b"],
  ["/api/v1/namespaces/default/pods/web/proxy/a", "/api/v1/namespaces/default/pods/web/proxy/a"],
])("%s leads to %s", (link, expected) => {
  expect(proxiedLink(link, place)).toBe(expected);
});

it("rewrites the links of a page, wherever it is cut", async () => {
  const page = `<html><a href="/a">ä</a><a href="rel">y</a><img alt="/x" src='/i.png'><script src="http://10.0.0.1:80/s.js">1<2</script>`;
  const bytes = Buffer.from(page);
  for (let cut = 1; cut < bytes.length; cut += 7) {
    const pieces: Uint8Array[] = [];
    async function* source() {
      yield bytes.subarray(0, cut);
      yield bytes.subarray(cut);
    }
    for await (const piece of withProxiedLinks(source(), place)) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe(
      `<html><a href="${place.prefix}/a">ä</a><a href="rel">y</a><img alt="/x" src='${place.prefix}/i.png'><script src="${place.prefix}/s.js">1<2</script>`,
    );
  }
});
