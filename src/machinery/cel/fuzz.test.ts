import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dynType } from "./check/types.ts";
import { FunctionLibrary } from "./library/functions.ts";
import { CompileError, compile } from "./program.ts";
import { environmentOf } from "./schema/declared-type.ts";
import { fromJSON } from "./schema/json-values.ts";

/** `FUZZ_INPUTS=100000` for a long run, `FUZZ_SEED` to repeat one. */
const inputs = Number(process.env.FUZZ_INPUTS ?? 2000);
const seed = Number(process.env.FUZZ_SEED ?? 1);

function randomSource(start: number): (below: number) => number {
  let state = start >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const tokens =
  `self self.a self.list x y 1 -1 2u 1.5 'a' "b" b'c' r'\\d' true false null [ ] { } ( ) . , : ? ! - + * / % < <= == != > >= && || in
   .all( .exists( .map( .filter( .exists_one( has( size( .size() .matches( .format( optional.of( .?a [?0] duration( timestamp( quantity(
   ip( .sort() .sortBy( .join( .split( .replace( lists.range( int( string( type( dyn( 9223372036854775807 '[a-z]+' '((a*)*)*$' '%s' x, y,
   .transformMap( .optMap( ''' \\ # $ @ & | = \` 😀 // \n __proto__ constructor .value() .orValue( url( cidr( semver( format.named(`.split(
    /\s+/,
  );

test("no input crashes or hangs the parser, the checker or an evaluation", () => {
  const corpus = readFileSync(new URL("testdata/expressions.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line).expr as string)
    .filter((expr) => expr.length < 300);
  const random = randomSource(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const environment = environmentOf(new Map([["self", dynType]]));
  const library = new FunctionLibrary();
  const self = fromJSON({ a: { b: [1, 2, "x"] }, list: [1, 2, 3], s: "text", n: null });
  const mutate = (text: string): string => {
    const at = random(text.length + 1);
    const end = Math.min(text.length, at + random(6));
    switch (random(4)) {
      case 0:
        return text.slice(0, at) + text.slice(end);
      case 1:
        return text.slice(0, at) + pick(tokens) + text.slice(at);
      case 2:
        return text.slice(0, at) + pick(tokens) + text.slice(end);
      default:
        return text.slice(0, at) + pick(corpus) + text.slice(end);
    }
  };
  let slowest = { milliseconds: 0, text: "" };
  let compiled = 0;
  for (let index = 0; index < inputs; index++) {
    let text: string;
    if (random(3) === 0) text = Array.from({ length: 1 + random(30) }, () => pick(tokens)).join(random(2) ? " " : "");
    else {
      text = pick(corpus);
      for (let times = 1 + random(3); times > 0; times--) text = mutate(text);
    }
    const start = performance.now();
    try {
      const program = compile(text, environment);
      compiled++;
      program.estimate(() => 100n);
      program.program(library).evaluate((name) => (name === "self" ? self : undefined));
    } catch (error) {
      if (!(error instanceof CompileError)) throw new Error(`input ${index} of seed ${seed}: ${JSON.stringify(text)}`, { cause: error });
    }
    const milliseconds = performance.now() - start;
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, text };
  }
  expect(compiled).toBeGreaterThan(inputs / 50);
  expect(slowest.milliseconds, slowest.text).toBeLessThan(2000);
  if (process.env.FUZZ_INPUTS) console.log(inputs, "inputs,", compiled, "compiled, slowest", slowest);
});
