import type { ApiRequest, ClientCertificate } from "../request.ts";
import type { PeerIdentity } from "./peer-certificate.ts";

/** A request as it came over a socket. A copy of it must be given the signal, which is made for who asks. */
export class HttpRequest implements ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string>>;
  rawHeaders: readonly string[];
  uri: string;
  body?: Uint8Array;
  remoteAddress?: string;
  clientCertificate?: ClientCertificate;
  invalidCertificate?: boolean;
  readonly #client: { readonly signal: AbortSignal };

  constructor(
    method: string,
    url: string,
    headers: Record<string, string>,
    rawHeaders: readonly string[],
    peer: PeerIdentity,
    client: { readonly signal: AbortSignal },
  ) {
    const question = url.indexOf("?");
    const agent = headers["user-agent"];
    // Node gives a character for each byte.
    if (agent !== undefined && /[^\0-\x7f]/.test(agent)) headers["user-agent"] = Buffer.from(agent, "latin1").toString("utf8");
    this.method = method;
    this.path = question < 0 ? url : url.slice(0, question);
    this.query = question < 0 ? new URLSearchParams() : readQuery(url.slice(question + 1));
    this.headers = headers;
    this.rawHeaders = rawHeaders;
    this.uri = url;
    this.body = undefined;
    this.remoteAddress = peer.remoteAddress;
    this.clientCertificate = peer.certificate;
    this.invalidCertificate = peer.invalid;
    this.#client = client;
  }

  get signal(): AbortSignal {
    return this.#client.signal;
  }
}

/** A percent sign that begins no escape. */
export const badEscape = /%(?![0-9a-f]{2})/i;

/** As Go reads a query: pairs that it can't read are left out. */
function readQuery(text: string): URLSearchParams {
  if (!text.includes(";") && !badEscape.test(text)) return new URLSearchParams(text);
  const readable = text.split("&").filter((pair) => !pair.includes(";") && !badEscape.test(pair));
  return new URLSearchParams(readable.join("&"));
}
