import type { TokenAuthenticator, TokenOwner } from "./token-authenticator.ts";

/** The tokens of a `--token-auth-file`: lines `token,user,uid[,"group1,group2"]`. Throws on a line that is none. */
export function parseTokenFile(content: string): TokenAuthenticator {
  const owners = new Map<string, TokenOwner>();
  content.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const [token, name = "", uid, groups] = splitCsv(line);
    if (uid === undefined) throw new Error(`token auth file, line ${index + 1}: a line needs a token, a user name and a user uid`);
    if (token) owners.set(token, { identity: { name, uid, groups: groups ? groups.split(",") : [] } });
  });
  return { authenticate: (token) => owners.get(token) };
}

function splitCsv(line: string): string[] {
  const columns: string[] = [];
  for (const match of line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    columns.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : (match[2] ?? "").trim());
  }
  return columns;
}
