/** A PKCS #10 request, as far as the API server must understand it. */
export interface CertificateRequest {
  /** The organizations of the subject: groups, for clients. */
  organizations: string[];
  commonName: string;
  /** What is signed, the key that signed it (DER of a SubjectPublicKeyInfo), by which algorithm (an object identifier), and the signature. */
  signed: Uint8Array;
  publicKey: Uint8Array;
  algorithm: string;
  signature: Uint8Array;
}

interface Element {
  tag: number;
  /** The element with its header. */
  whole: Uint8Array;
  content: Uint8Array;
}

const sequenceTag = 0x30;
const organization = "2.5.4.10";
const commonName = "2.5.4.3";
const malformed = "asn1: structure error: malformed certificate request";

/** Reads the first PEM block of `text`. Throws an `Error` whose message says what is wrong. */
export function parseCertificateRequest(text: string): CertificateRequest {
  const block = /-----BEGIN ([^-\n]*)-----\s([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(text);
  if (block?.[1] !== "CERTIFICATE REQUEST") throw new Error("PEM block type must be CERTIFICATE REQUEST");
  const bytes = Uint8Array.from(atob((block[2] as string).replace(/\s/g, "")), (character) => character.charCodeAt(0));
  const [request] = elementsOf(bytes);
  const [info, algorithm, signature] = request?.tag === sequenceTag ? elementsOf(request.content) : [];
  if (!info || !algorithm || !signature) throw new Error(malformed);
  const [, subject, key] = elementsOf(info.content);
  const [identifier] = elementsOf(algorithm.content);
  if (!subject || !key || !identifier) throw new Error(malformed);
  const names = namesOf(subject);
  return {
    organizations: names.filter(([type]) => type === organization).map(([, value]) => value),
    commonName: names.find(([type]) => type === commonName)?.[1] ?? "",
    signed: info.whole,
    publicKey: key.whole,
    algorithm: objectIdentifier(identifier.content),
    // The first byte of a bit string counts the unused bits of the last.
    signature: signature.content.slice(1),
  };
}

function namesOf(subject: Element): [type: string, value: string][] {
  return elementsOf(subject.content).flatMap((set) =>
    elementsOf(set.content).map((pair): [string, string] => {
      const [type, value] = elementsOf(pair.content);
      if (!type || !value) throw new Error(malformed);
      return [objectIdentifier(type.content), new TextDecoder().decode(value.content)];
    }),
  );
}

/** The elements that lie one after the other in `bytes`. */
function elementsOf(bytes: Uint8Array): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const tag = bytes[at++] as number;
    let length = bytes[at++] ?? 0;
    if (length > 0x80) {
      let count = length & 0x7f;
      for (length = 0; count > 0; count--) length = length * 256 + (bytes[at++] ?? 0);
    }
    const end = at + length;
    if (end > bytes.length) throw new Error("asn1: syntax error: data truncated");
    elements.push({ tag, whole: bytes.subarray(start, end), content: bytes.subarray(at, end) });
    at = end;
  }
  return elements;
}

function objectIdentifier(content: Uint8Array): string {
  const first = content[0] ?? 0;
  const parts = [Math.min(2, Math.floor(first / 40)), first < 80 ? first % 40 : first - 80];
  let value = 0;
  for (const byte of content.subarray(1)) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  return parts.join(".");
}
