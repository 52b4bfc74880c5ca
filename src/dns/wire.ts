/**
 * DNS messages as bytes: reading a query's question, writing answers with compressed names. `dns-packet` doesn't compress, and an
 * answer that would fit a UDP packet then doesn't.
 */

export const recordTypes = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, ANY: 255 } as const;
export const rcodes = { noError: 0, formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4, refused: 5 } as const;
const classIn = 1;

export interface Query {
  id: number;
  /** The header's second word, as sent. */
  flags: number;
  /** As asked, without the final dot; a label with an inner dot has it escaped. */
  name: string;
  type: number;
  class: number;
  /** Header and question as received. */
  question: Buffer;
  edns: { udpPayloadSize: number; dnssecOk: boolean; version: number } | undefined;
}

export type DnsRecord = { name: string; ttlSeconds: number } & (
  | { type: "A" | "AAAA"; address: Uint8Array }
  | { type: "CNAME" | "PTR" | "NS"; target: string }
  | { type: "SRV"; priority: number; weight: number; port: number; target: string }
  | { type: "TXT"; text: string }
  | { type: "SOA"; nameServer: string; mailbox: string; serial: number; minimumSeconds: number }
);

export interface Answer {
  rcode: number;
  authoritative: boolean;
  recursionAvailable?: boolean;
  answers: readonly DnsRecord[];
  authorities: readonly DnsRecord[];
  additionals: readonly DnsRecord[];
}

/** The id of a message that is too broken to read further; undefined when even that is missing. */
export function idOf(message: Buffer): number | undefined {
  return message.length >= 12 ? message.readUInt16BE(0) : undefined;
}

export function isResponse(message: Buffer): boolean {
  return message.length >= 12 && ((message[2] as number) & 0x80) !== 0;
}

export function rcodeOf(message: Buffer): number {
  return (message[3] as number) & 0x0f;
}

export function isTruncated(message: Buffer): boolean {
  return ((message[2] as number) & 0x02) !== 0;
}

/** Reads a query with exactly one question; undefined when it isn't one. */
export function parseQuery(message: Buffer): Query | undefined {
  if (message.length < 17 || message.readUInt16BE(4) !== 1) return undefined;
  const name = readName(message, 12);
  if (!name || name.end + 4 > message.length) return undefined;
  const query: Query = {
    id: message.readUInt16BE(0),
    flags: message.readUInt16BE(2),
    name: name.text,
    type: message.readUInt16BE(name.end),
    class: message.readUInt16BE(name.end + 2),
    question: message.subarray(0, name.end + 4),
    edns: undefined,
  };
  if (message.readUInt16BE(10) === 0) return query;
  const others = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  for (const record of records(message, name.end + 4, others)) {
    if (record.type !== recordTypes.OPT) continue;
    const ttl = message.readUInt32BE(record.ttlOffset);
    query.edns = {
      udpPayloadSize: message.readUInt16BE(record.ttlOffset - 2),
      dnssecOk: (ttl & 0x8000) !== 0,
      version: (ttl >>> 16) & 0xff,
    };
  }
  return query;
}

/** A name in a message; undefined when it runs out of the message or in circles. */
function readName(message: Buffer, start: number): { text: string; end: number } | undefined {
  let text = "";
  let at = start;
  let end = -1;
  let budget = 128;
  for (;;) {
    const length = message[at];
    if (length === undefined || budget-- === 0) return undefined;
    if (length === 0) return { text, end: end < 0 ? at + 1 : end };
    if (length >= 0xc0) {
      if (end < 0) end = at + 2;
      const low = message[at + 1];
      if (low === undefined) return undefined;
      at = ((length & 0x3f) << 8) | low;
      continue;
    }
    if (length > 63 || at + 1 + length > message.length) return undefined;
    const label = message.toString("latin1", at + 1, at + 1 + length);
    text += `${text === "" ? "" : "."}${label.includes(".") ? label.replaceAll(".", "\\.") : label}`;
    if (text.length > 255) return undefined;
    at += 1 + length;
  }
}

interface RawRecord {
  name: string;
  type: number;
  ttlOffset: number;
  dataOffset: number;
  dataLength: number;
}

/** The records from an offset on; ends early where the message is broken. */
function* records(message: Buffer, start: number, count: number): Generator<RawRecord> {
  let at = start;
  for (let i = 0; i < count; i++) {
    const name = readName(message, at);
    if (!name || name.end + 10 > message.length) return;
    const dataLength = message.readUInt16BE(name.end + 8);
    const dataOffset = name.end + 10;
    if (dataOffset + dataLength > message.length) return;
    yield { name: name.text, type: message.readUInt16BE(name.end), ttlOffset: name.end + 4, dataOffset, dataLength };
    at = dataOffset + dataLength;
  }
}

/** Where the times to live stand in a response, and the least of them; for a negative answer that of its SOA. */
export function timesToLive(response: Buffer): { offsets: number[]; leastSeconds: number | undefined } {
  const offsets: number[] = [];
  let least: number | undefined;
  const question = readName(response, 12);
  if (!question || response.readUInt16BE(4) !== 1) return { offsets, leastSeconds: undefined };
  const counts = response.readUInt16BE(6) + response.readUInt16BE(8) + response.readUInt16BE(10);
  for (const record of records(response, question.end + 4, counts)) {
    if (record.type === recordTypes.OPT) continue;
    offsets.push(record.ttlOffset);
    let seconds = response.readUInt32BE(record.ttlOffset);
    // RFC 2308: the smaller of the SOA's own time and its last field.
    if (record.type === recordTypes.SOA && record.dataLength >= 4) {
      seconds = Math.min(seconds, response.readUInt32BE(record.dataOffset + record.dataLength - 4));
    }
    least = least === undefined ? seconds : Math.min(least, seconds);
  }
  return { offsets, leastSeconds: least };
}

/** The address and alias records in a response's answer section. */
export function addressRecords(response: Buffer): DnsRecord[] {
  const question = readName(response, 12);
  if (!question || response.readUInt16BE(4) !== 1) return [];
  const found: DnsRecord[] = [];
  for (const record of records(response, question.end + 4, response.readUInt16BE(6))) {
    const common = { name: record.name, ttlSeconds: response.readUInt32BE(record.ttlOffset) };
    const data = () => Uint8Array.prototype.slice.call(response, record.dataOffset, record.dataOffset + record.dataLength);
    if (record.type === recordTypes.A && record.dataLength === 4) found.push({ ...common, type: "A", address: data() });
    else if (record.type === recordTypes.AAAA && record.dataLength === 16) found.push({ ...common, type: "AAAA", address: data() });
    else if (record.type === recordTypes.CNAME) {
      const target = readName(response, record.dataOffset);
      if (target) found.push({ ...common, type: "CNAME", target: target.text });
    }
  }
  return found;
}

/** A query for one name with recursion desired. */
export function writeQuery(id: number, name: string, type: number, edns: Query["edns"], checkingDisabled = false): Buffer {
  const writer = new MessageWriter(65_535);
  writer.header(id, 0x0100 | (checkingDisabled ? 0x0010 : 0));
  writer.name(name, false);
  writer.uint16(type);
  writer.uint16(classIn);
  writer.setCount(4, 1);
  if (edns) {
    writer.opt(1232, edns.dnssecOk, 0);
    writer.setCount(10, 1);
  }
  return writer.finish();
}

/** The answer to a query; cut with the TC bit set when it is longer than the limit. */
export function writeAnswer(query: Query, answer: Answer, limit: number): Buffer {
  const writer = new MessageWriter(limit - (query.edns ? 11 : 0));
  const flags =
    0x8000 |
    (query.flags & 0x7910) |
    (answer.authoritative ? 0x0400 : 0) |
    (answer.recursionAvailable ? 0x0080 : 0) |
    (answer.rcode & 0x0f);
  writer.question(query, flags);
  let truncated = writer.section(6, answer.answers);
  if (!truncated) truncated = writer.section(8, answer.authorities);
  // What is only additional may be left out without a word.
  let additionals = 0;
  if (!truncated) {
    writer.section(10, answer.additionals);
    additionals = writer.written;
  }
  if (truncated) writer.setFlags(flags | 0x0200);
  if (query.edns) {
    writer.limit += 11;
    writer.opt(1232, query.edns.dnssecOk, answer.rcode >> 4);
    writer.setCount(10, additionals + 1);
  }
  return writer.finish();
}

/** An answer without records, for queries that may be broken. */
export function writeError(query: Query | undefined, id: number, rcode: number): Buffer {
  if (query) return writeAnswer(query, { rcode, authoritative: false, answers: [], authorities: [], additionals: [] }, 512);
  const message = Buffer.alloc(12);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(0x8000 | rcode, 2);
  return message;
}

/** A copy of a response under another id, cut to its question when it is too long for the client. */
export function adaptResponse(response: Buffer, query: Query, limit: number): Buffer {
  if (response.length <= limit) {
    const copy = Buffer.from(response);
    copy.writeUInt16BE(query.id, 0);
    // The client's own spelling of the name.
    if (copy.length >= query.question.length && readName(copy, 12)?.end === query.question.length - 4) query.question.copy(copy, 12, 12);
    return copy;
  }
  const flags = response.readUInt16BE(2) | 0x0200;
  const writer = new MessageWriter(512);
  writer.question(query, flags);
  return writer.finish();
}

class MessageWriter {
  limit: number;
  /** How many records the last section took. */
  written = 0;
  #buffer = Buffer.allocUnsafe(1024);
  #at = 0;
  readonly #names = new Map<string, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  header(id: number, flags: number): void {
    this.#buffer.fill(0, 0, 12);
    this.#buffer.writeUInt16BE(id, 0);
    this.#buffer.writeUInt16BE(flags, 2);
    this.#at = 12;
  }

  question(query: Query, flags: number): void {
    this.#grow(query.question.length);
    query.question.copy(this.#buffer, 0);
    this.#at = query.question.length;
    this.#buffer.fill(0, 4, 12);
    this.#buffer.writeUInt16BE(flags, 2);
    this.setCount(4, 1);
    // The question's name is what most records begin with.
    if (query.name !== "" && !query.name.includes("\\")) this.#remember(query.name.toLowerCase(), 12);
  }

  setFlags(flags: number): void {
    this.#buffer.writeUInt16BE(flags, 2);
  }

  setCount(offset: number, count: number): void {
    this.#buffer.writeUInt16BE(count, offset);
  }

  /** Writes as many records as fit; answers whether some didn't. */
  section(countOffset: number, list: readonly DnsRecord[]): boolean {
    this.written = 0;
    for (const record of list) {
      const start = this.#at;
      this.#record(record);
      if (this.#at > this.limit) {
        this.#at = start;
        for (const [name, offset] of this.#names) if (offset >= start) this.#names.delete(name);
        this.setCount(countOffset, this.written);
        return true;
      }
      this.written++;
    }
    this.setCount(countOffset, this.written);
    return false;
  }

  opt(udpPayloadSize: number, dnssecOk: boolean, extendedRcode: number): void {
    this.#grow(11);
    this.#buffer[this.#at++] = 0;
    this.uint16(recordTypes.OPT);
    this.uint16(udpPayloadSize);
    this.#uint32(((extendedRcode << 24) | (dnssecOk ? 0x8000 : 0)) >>> 0);
    this.uint16(0);
  }

  uint16(value: number): void {
    this.#grow(2);
    this.#at = this.#buffer.writeUInt16BE(value, this.#at);
  }

  name(name: string, compress = true): void {
    let rest = name.endsWith(".") ? name.slice(0, -1) : name;
    this.#grow(rest.length + 2);
    while (rest !== "") {
      const key = rest.toLowerCase();
      const known = compress ? this.#names.get(key) : undefined;
      if (known !== undefined) {
        this.uint16(0xc000 | known);
        return;
      }
      if (compress && this.#at < 0x4000) this.#names.set(key, this.#at);
      let dot = rest.indexOf(".");
      while (dot > 0 && rest[dot - 1] === "\\") dot = rest.indexOf(".", dot + 1);
      const label = (dot < 0 ? rest : rest.slice(0, dot)).replaceAll("\\.", ".");
      this.#buffer[this.#at] = label.length;
      this.#buffer.write(label, this.#at + 1, "latin1");
      this.#at += label.length + 1;
      rest = dot < 0 ? "" : rest.slice(dot + 1);
    }
    this.#buffer[this.#at++] = 0;
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #record(record: DnsRecord): void {
    this.name(record.name);
    this.uint16(recordTypes[record.type]);
    this.uint16(classIn);
    this.#uint32(record.ttlSeconds);
    this.uint16(0);
    const start = this.#at;
    this.#data(record);
    this.#buffer.writeUInt16BE(this.#at - start, start - 2);
  }

  #data(record: DnsRecord): void {
    switch (record.type) {
      case "A":
      case "AAAA":
        this.#grow(16);
        this.#buffer.set(record.address, this.#at);
        this.#at += record.address.length;
        return;
      case "SRV":
        this.uint16(record.priority);
        this.uint16(record.weight);
        this.uint16(record.port);
        // RFC 2782 forbids compression here.
        this.name(record.target, false);
        return;
      case "TXT": {
        const text = record.text.slice(0, 255);
        this.#grow(text.length + 1);
        this.#buffer[this.#at++] = text.length;
        this.#at += this.#buffer.write(text, this.#at, "latin1");
        return;
      }
      case "SOA":
        this.name(record.nameServer);
        this.name(record.mailbox);
        for (const value of [record.serial, 7200, 1800, 86_400, record.minimumSeconds]) this.#uint32(value);
        return;
      default:
        this.name(record.target);
    }
  }

  #uint32(value: number): void {
    this.#grow(4);
    this.#at = this.#buffer.writeUInt32BE(value, this.#at);
  }

  #remember(name: string, offset: number): void {
    let rest = name;
    let at = offset;
    for (;;) {
      this.#names.set(rest, at);
      const dot = rest.indexOf(".");
      if (dot < 0) return;
      at += dot + 1;
      rest = rest.slice(dot + 1);
    }
  }

  #grow(more: number): void {
    if (this.#at + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + more));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
