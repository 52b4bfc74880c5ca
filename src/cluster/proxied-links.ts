/** The attributes of HTML that hold links, by element. */
const linkAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["formaction", "src", "usemap"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};

const tagPattern = /<([a-z]+)(\s[^<>]*)>/gi;
const attributePattern = /(\s)([a-z]+)(\s*=\s*)("[^"]*"|'[^']*')/gi;

/** Where a proxied server's own links lead to. */
export interface ProxiedPlace {
  /** The path of the proxy, without a slash at its end. */
  prefix: string;
  /** `HOST:PORT` of the proxied server. */
  address: string;
  /** The host that the client asked. */
  host: string;
}

/** A link of the proxied server so that it leads through the proxy; links elsewhere and relative ones stay. */
export function proxiedLink(link: string, { prefix, address, host }: ProxiedPlace): string {
  const [, origin = "", linkHost = "", path = ""] = /^((?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*))?(.*)$/is.exec(link) ?? [];
  if (origin === "" && /^[a-z][a-z0-9+.-]*:/i.test(link)) return link;
  if ((origin !== "" && linkHost !== address && linkHost !== host) || !path.startsWith("/")) return link;
  const kept = linkHost === host && host !== address ? origin : "";
  return path.startsWith(prefix) ? `${kept}${path}` : `${kept}${prefix}${path}`;
}

/** A page with its links led through the proxy, piece by piece as it comes. */
export async function* withProxiedLinks(source: AsyncIterable<Uint8Array>, place: ProxiedPlace): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder("latin1");
  let held = "";
  const rewritten = (html: string) => Buffer.from(rewriteTags(html, place), "latin1");
  for await (const bytes of source) {
    held += decoder.decode(bytes, { stream: true });
    // A tag that isn't whole yet waits for its end.
    const open = held.lastIndexOf("<");
    const end = open > held.lastIndexOf(">") && held.length - open < longestTag ? open : held.length;
    if (end > 0) yield rewritten(held.slice(0, end));
    held = held.slice(end);
  }
  if (held !== "") yield rewritten(held);
}

const longestTag = 64 * 1024;

function rewriteTags(html: string, place: ProxiedPlace): string {
  return html.replace(tagPattern, (tag, name: string, attributes: string) => {
    const known = linkAttributes[name.toLowerCase()];
    if (!known) return tag;
    const replaced = attributes.replace(attributePattern, (all, space: string, attribute: string, equals: string, quoted: string) => {
      if (!known.includes(attribute.toLowerCase())) return all;
      const quote = quoted.charAt(0);
      return `${space}${attribute}${equals}${quote}${proxiedLink(quoted.slice(1, -1), place)}${quote}`;
    });
    return `<${name}${replaced}>`;
  });
}
