import { readFileSync } from "node:fs";
import { compileExpression } from "../../src/api/admissionregistration/admission-expressions.ts";
import { dynType } from "../../src/machinery/cel/check/types.ts";
import { FunctionLibrary } from "../../src/machinery/cel/library/functions.ts";
import { CompileError, compile } from "../../src/machinery/cel/program.ts";
import { environmentOf } from "../../src/machinery/cel/schema/declared-type.ts";
import { fromJSON } from "../../src/machinery/cel/schema/json-values.ts";
import { must, refusing, type Target } from "../target.ts";

const tokens =
  `self self.a self.list x y 1 -1 2u 1.5 'a' "b" b'c' r'\\d' true false null [ ] { } ( ) . , : ? ! - + * / % < <= == != > >= && || in
   .all( .exists( .map( .filter( .exists_one( has( size( .size() .matches( .format( optional.of( .?a [?0] duration( timestamp( quantity(
   ip( .sort() .sortBy( .join( .split( .replace( lists.range( int( string( type( dyn( 9223372036854775807 '[a-z]+' '((a*)*)*$' '%s' x, y,
   .transformMap( .optMap( ''' \\ # $ @ & | = \` 😀 // \n __proto__ constructor .value() .orValue( url( cidr( semver( format.named(\`
   Object{ Object.spec{ JSONPatch{ object. oldObject. request. variables. jsonpatch.escapeKey( authorizer. {'a':`.split(/\s+/);
const file = new URL("../../src/machinery/cel/testdata/expressions.jsonl", import.meta.url);
const examples = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => JSON.parse(line).expr as string)
  .filter((text) => text.length < 300);
examples.push(
  'Object{spec: Object.spec{replicas: 3, ?paused: optional.none()}, metadata: Object.metadata{labels: {"a": "b"}}}',
  '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: Object.spec{x: 1}}]',
);

const environment = environmentOf(new Map([["self", dynType]]));
const library = new FunctionLibrary();
const self = fromJSON({ a: { b: [1, 2, "x"] }, list: [1, 2, 3], s: "text", n: null, __proto__: null });
const ofAdmission = { authorizer: true, mutates: true };
/** What an expression has cost may be a call more than it may cost. */
const mostCost = 20_000_000;

export const expressionTargets: readonly Target[] = [
  {
    name: "expressions",
    weight: 12,
    run(inputs, show) {
      const text = inputs.text(examples, tokens);
      show(text);
      refusing([CompileError], () => {
        const compiled = compile(text, environment);
        compiled.estimate(() => 100n);
        const { cost } = compiled.program(library).evaluate((name) => (name === "self" ? self : undefined));
        must(cost < mostCost, `an evaluation cost ${cost}`);
      });
      refusing([CompileError], () => {
        compileExpression(text, ofAdmission, [], library).program.evaluate((name) => (name === "object" ? self : null));
      });
    },
  },
];
