import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join, sep } from "node:path";
import { RequestRefusal } from "./request-refusal.ts";
import { sendPieces } from "./send-pieces.ts";

/** `/logs/…`: the files below a directory, as upstream serves `/var/log`. */
export async function serveHostLogs(root: string, path: string, response: ServerResponse): Promise<void> {
  const base = await existing(root);
  const file = await existing(join(base, path));
  if (file !== base && !file.startsWith(`${base}${sep}`)) throw absent();
  const found = await stat(file);
  if (found.isDirectory()) {
    const entries = await readdir(file, { withFileTypes: true });
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
    const links = names.map((name) => `<a href="${encodeURI(name)}">${escapeHtml(name)}</a>\n`);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(`<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join("")}</pre>\n`);
    return;
  }
  if (!found.isFile()) throw absent();
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "last-modified": found.mtime.toUTCString() });
  await sendPieces(createReadStream(file), response);
}

async function existing(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    throw absent();
  }
}

const absent = () => new RequestRefusal(404, "404 page not found\n");

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&#34;");
}
