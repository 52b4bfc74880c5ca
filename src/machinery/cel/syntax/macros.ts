import type { Value } from "../values/value.ts";
import { accumulator, type CallExpr, type ComprehensionExpr, copyExpr, type Expr, operators } from "./ast.ts";

export class MacroError extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.name = "MacroError";
    this.at = at;
  }
}

type Expander = (macro: CallExpr & { target: Expr }) => Expr;

const overwrites = "iteration variable overwrites accumulator variable";
const legacyAccumulator = "__result__";
/** A range of nothing: the comprehension only binds a name. */
const unused = "#unused";

/** By name and number of arguments. */
const receiverMacros: ReadonlyMap<string, Expander> = new Map<string, Expander>([
  ["all:2", (macro) => quantifier(macro, "all")],
  ["exists:2", (macro) => quantifier(macro, "exists")],
  ["exists_one:2", (macro) => quantifier(macro, "existsOne")],
  ["all:3", (macro) => quantifier(macro, "all")],
  ["exists:3", (macro) => quantifier(macro, "exists")],
  ["exists_one:3", (macro) => quantifier(macro, "existsOne")],
  ["existsOne:3", (macro) => quantifier(macro, "existsOne")],
  ["map:2", (macro) => mapMacro(macro, macro.target, macro.args)],
  ["map:3", (macro) => mapMacro(macro, macro.target, macro.args)],
  ["filter:2", filterMacro],
  ["optMap:2", (macro) => optionalMap(macro, true)],
  ["optFlatMap:2", (macro) => optionalMap(macro, false)],
  ["sortBy:2", sortBy],
  ["transformList:3", transformList],
  ["transformList:4", transformList],
  ["transformMap:3", (macro) => transformMap(macro, true)],
  ["transformMap:4", (macro) => transformMap(macro, true)],
  ["transformMapEntry:3", (macro) => transformMap(macro, false)],
  ["transformMapEntry:4", (macro) => transformMap(macro, false)],
]);

/** The call itself where it is no macro. Throws `MacroError` where it is a malformed one. */
export function expandMacro(call: CallExpr, hasBind: boolean): Expr {
  const { target } = call;
  if (hasBind && isBind(call)) return bindMacro(call);
  if (target) return receiverMacros.get(`${call.function}:${call.args.length}`)?.({ ...call, target }) ?? call;
  if (call.function !== "has" || call.args.length !== 1) return call;
  const [argument] = call.args as [Expr];
  if (argument.kind !== "select") throw new MacroError(argument.at, "invalid argument to has() macro");
  return { ...argument, at: call.at, testOnly: true };
}

/** Makes expressions at the place of the macro. */
function maker(at: number) {
  const literal = (value: Value): Expr => ({ kind: "literal", at, value });
  const ident = (name: string): Expr => ({ kind: "ident", at, name });
  return {
    literal,
    ident,
    accumulated: () => ident(accumulator),
    list: (...elements: Expr[]): Expr => ({ kind: "list", at, elements }),
    map: (): Expr => ({ kind: "map", at, entries: [] }),
    call: (name: string, ...args: Expr[]): Expr => ({ kind: "call", at, function: name, args }),
    memberCall: (name: string, target: Expr, ...args: Expr[]): Expr => ({ kind: "call", at, function: name, target, args }),
    fold: (parts: Omit<ComprehensionExpr, "kind" | "at">): Expr => ({ kind: "comprehension", at, ...parts }),
  };
}

interface Variables {
  iterVar: string;
  iterVar2?: string;
}

/** The one or two variables in front of `rest` arguments. */
function variables(args: readonly Expr[], count: 1 | 2, notIdent: string): Variables {
  const names = args.slice(0, count).map((arg) => {
    if (arg.kind !== "ident") throw new MacroError(arg.at, notIdent);
    return arg.name;
  });
  const [iterVar, iterVar2] = names as [string, string | undefined];
  if (count === 2 && iterVar === iterVar2) throw new MacroError((args[1] as Expr).at, `duplicate variable name: ${iterVar}`);
  for (const [index, name] of names.entries()) {
    if (name === accumulator || name === legacyAccumulator) throw new MacroError((args[index] as Expr).at, overwrites);
  }
  return iterVar2 === undefined ? { iterVar } : { iterVar, iterVar2 };
}

function quantifier({ at, target, args }: CallExpr & { target: Expr }, kind: "all" | "exists" | "existsOne"): Expr {
  const make = maker(at);
  const names = variables(args, args.length === 3 ? 2 : 1, "argument must be a simple name");
  const predicate = args.at(-1) as Expr;
  const loop = { range: target, ...names, accuVar: accumulator };
  if (kind === "all") {
    return make.fold({
      ...loop,
      accuInit: make.literal(true),
      condition: make.call(operators.notStrictlyFalse, make.accumulated()),
      step: make.call(operators.and, make.accumulated(), predicate),
      result: make.accumulated(),
    });
  }
  if (kind === "exists") {
    return make.fold({
      ...loop,
      accuInit: make.literal(false),
      condition: make.call(operators.notStrictlyFalse, make.call(operators.not, make.accumulated())),
      step: make.call(operators.or, make.accumulated(), predicate),
      result: make.accumulated(),
    });
  }
  return make.fold({
    ...loop,
    accuInit: make.literal(0n),
    condition: make.literal(true),
    step: make.call(operators.conditional, predicate, make.call(operators.add, make.accumulated(), make.literal(1n)), make.accumulated()),
    result: make.call(operators.equals, make.accumulated(), make.literal(1n)),
  });
}

/** A fold that adds by `step` what passes the filter. */
function collect(
  at: number,
  range: Expr,
  names: Variables,
  { init, step, filter }: { init: Expr; step: Expr; filter: Expr | undefined },
): Expr {
  const make = maker(at);
  return make.fold({
    range,
    ...names,
    accuVar: accumulator,
    accuInit: init,
    condition: make.literal(true),
    step: filter ? make.call(operators.conditional, filter, step, make.accumulated()) : step,
    result: make.accumulated(),
  });
}

function mapMacro({ at }: CallExpr, target: Expr, args: readonly Expr[]): Expr {
  const make = maker(at);
  const names = variables(args, 1, "argument is not an identifier");
  const filter = args.length === 3 ? args[1] : undefined;
  const step = make.call(operators.add, make.accumulated(), make.list(args.at(-1) as Expr));
  return collect(at, target, names, { init: make.list(), step, filter });
}

function filterMacro({ at, target, args }: CallExpr & { target: Expr }): Expr {
  const make = maker(at);
  const [variable, predicate] = args as [Expr, Expr];
  const names = variables(args, 1, "argument is not an identifier");
  const step = make.call(operators.add, make.accumulated(), make.list(variable));
  return collect(at, target, names, { init: make.list(), step, filter: predicate });
}

function optionalMap(macro: CallExpr & { target: Expr }, wrap: boolean): Expr {
  const { at, target, args } = macro;
  const make = maker(at);
  const [variable, mapped] = args as [Expr, Expr];
  if (variable.kind !== "ident") throw new MacroError(variable.at, `${macro.function}() variable name must be a simple identifier`);
  const bound = bind(at, variable.name, make.memberCall("value", copyExpr(target)), mapped);
  return make.call(
    operators.conditional,
    make.memberCall("hasValue", target),
    wrap ? make.call("optional.of", bound) : bound,
    make.call("optional.none"),
  );
}

function isBind({ target, function: name, args }: CallExpr): boolean {
  return name === "bind" && args.length === 3 && target?.kind === "ident" && target.name === "cel";
}

function bindMacro({ at, args }: CallExpr): Expr {
  const [variable, value, body] = args as [Expr, Expr, Expr];
  if (variable.kind !== "ident") throw new MacroError(variable.at, "cel.bind() variable names must be simple identifiers");
  return bind(at, variable.name, value, body);
}

function bind(at: number, name: string, value: Expr, body: Expr): Expr {
  const make = maker(at);
  return make.fold({
    range: make.list(),
    iterVar: unused,
    accuVar: name,
    accuInit: value,
    condition: make.literal(false),
    step: make.ident(name),
    result: body,
  });
}

function sortBy(macro: CallExpr & { target: Expr }): Expr {
  const { at, target, args } = macro;
  if (!["list", "select", "ident", "comprehension", "call"].includes(target.kind)) {
    throw new MacroError(target.at, "sortBy can only be applied to a list, identifier, comprehension, call or select expression");
  }
  const make = maker(at);
  const name = "@__sortBy_input__";
  const keys = mapMacro(macro, make.ident(name), args);
  return bind(at, name, target, make.memberCall("@sortByAssociatedKeys", make.ident(name), keys));
}

function transformList({ at, target, args }: CallExpr & { target: Expr }): Expr {
  const make = maker(at);
  const names = variables(args, 2, "argument must be a simple name");
  const filter = args.length === 4 ? args[2] : undefined;
  const step = make.call(operators.add, make.accumulated(), make.list(args.at(-1) as Expr));
  return collect(at, target, names, { init: make.list(), step, filter });
}

function transformMap({ at, target, args }: CallExpr & { target: Expr }, keyed: boolean): Expr {
  const make = maker(at);
  const names = variables(args, 2, "argument must be a simple name");
  const filter = args.length === 4 ? args[2] : undefined;
  const transform = args.at(-1) as Expr;
  const inserted = keyed ? [make.ident(names.iterVar), transform] : [transform];
  const step = make.call("cel.@mapInsert", make.accumulated(), ...inserted);
  return collect(at, target, names, { init: make.map(), step, filter });
}
