import { seededRandom } from "../src/machinery/random.ts";

/** Names and texts that parsers have stumbled over elsewhere. */
const nasty = [
  ..."__proto__ constructor prototype toString hasOwnProperty valueOf length 0 -0 1e309 -1 9223372036854775808 1e1000 NaN Infinity null".split(
    " ",
  ),
  ..."true 0x10 0o17 1_000 .5 5. 1e 1E+ --- ... &a *a <<: !!binary ? | > [ ] { } , : ; ' \" ` \\ / ~ ~1 ~0 ~2 % %2e %2f %00 %zz .. . //".split(
    " ",
  ),
  "",
  " ",
  "\t",
  "\n",
  "\r\n",
  "\u0000",
  "\ufeff",
  "\ud800",
  "\u2028",
  "😀",
  "ß",
  "a".repeat(300),
  "[".repeat(200),
  '{"a":'.repeat(100),
  "- ".repeat(100),
];

/** Makes inputs; the same seed makes the same ones. */
export class Inputs {
  readonly #next: () => number;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#next = () => random.next();
  }

  /** A whole number from 0 on that is less. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** A text that is like one of the examples, or of the tokens. */
  text(examples: readonly string[], tokens: readonly string[] = []): string {
    const known = tokens.length > 0 ? tokens : nasty;
    if (tokens.length > 0 && this.below(4) === 0) return Array.from({ length: 1 + this.below(12) }, () => this.pick(known)).join("");
    let text = this.pick(examples);
    for (let times = this.below(4); times > 0; times--) text = this.#changed(text, examples, known);
    return text;
  }

  #changed(text: string, examples: readonly string[], tokens: readonly string[]): string {
    const at = this.below(text.length + 1);
    const end = Math.min(text.length, at + this.below(6));
    switch (this.below(6)) {
      case 0:
        return text.slice(0, at) + text.slice(end);
      case 1:
        return text.slice(0, at) + this.pick(nasty) + text.slice(end);
      case 2:
        return text.slice(0, at) + this.pick(tokens) + text.slice(at);
      case 3:
        return text.slice(0, at) + this.pick(examples) + text.slice(end);
      case 4:
        return text.slice(0, at) + String.fromCharCode(this.below(128)) + text.slice(at);
      default:
        return text.slice(0, end) + text.slice(at, end).repeat(1 + this.below(20)) + text.slice(end);
    }
  }

  /** Bytes that are like those given. */
  bytes(example: Uint8Array): Uint8Array {
    const bytes = [...example];
    for (let times = 1 + this.below(6); times > 0; times--) {
      const at = this.below(bytes.length + 1);
      switch (this.below(4)) {
        case 0:
          bytes.splice(at, this.below(8));
          break;
        case 1:
          bytes.splice(at, 0, ...Array.from({ length: this.below(8) }, () => this.below(256)));
          break;
        case 2:
          bytes[at] = this.pick([0, 1, 127, 128, 255, this.below(256)]);
          break;
        default:
          bytes.splice(at, 0, ...bytes.slice(at, at + this.below(16)));
      }
    }
    return Uint8Array.from(bytes);
  }

  /** A value of JSON. */
  value(depth = 0): unknown {
    switch (this.below(depth > 4 ? 6 : 8)) {
      case 0:
        return null;
      case 1:
        return this.below(2) === 0;
      case 2:
        return this.pick([0, -1, 1, 1.5, 1e21, 2 ** 31, 2 ** 53, -(2 ** 31) - 1, 80]);
      case 3:
      case 4:
      case 5:
        return this.pick(nasty);
      case 6:
        return Array.from({ length: this.below(4) }, () => this.value(depth + 1));
      default:
        return Object.fromEntries(Array.from({ length: this.below(4) }, () => [this.pick(nasty), this.value(depth + 1)]));
    }
  }

  /** An object that is like the example: some of its parts are others, missing, or there twice. Never the example itself. */
  like<T>(example: T): T {
    const copy = structuredClone(example);
    for (let times = this.below(4); times > 0; times--) this.#damage(copy);
    return copy;
  }

  #damage(root: unknown): void {
    let at = root as Record<string, unknown>;
    for (;;) {
      const keys = Object.keys(at);
      const key = keys.length === 0 ? "x" : this.pick(keys);
      const inner = at[key];
      if (typeof inner === "object" && inner !== null && this.below(4) !== 0) {
        at = inner as Record<string, unknown>;
        continue;
      }
      switch (this.below(4)) {
        case 0:
          if (Array.isArray(at)) at.splice(Number(key), 1);
          else delete at[key];
          return;
        case 1:
          define(at, this.pick(nasty), this.value());
          return;
        case 2:
          if (Array.isArray(at)) at.push(structuredClone(this.pick(at) ?? this.value()));
          else define(at, key, [inner]);
          return;
        default:
          define(at, key, this.value());
          return;
      }
    }
  }
}

/** An own property also for `__proto__`. */
function define(target: object, key: string, value: unknown): void {
  if (Array.isArray(target) && !/^\d+$/.test(key)) target.push(value);
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
