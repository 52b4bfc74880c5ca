import { badRequest } from "../errors.ts";
import type { LabelSelector as LabelSelectorObject } from "../meta/v1.ts";
import {
  compileRequirement,
  formatRequirement,
  joinErrors,
  type LabelOperator,
  type LabelRequirement,
  requirementErrors,
} from "./label-requirement.ts";
import { parseRequirements } from "./label-selector-parser.ts";

export type Labels = Readonly<Record<string, string>> | undefined;

/** A compiled label selector. Immutable. Made by `parseLabelSelector`, `compileLabelSelector` or `selectorFromLabels`. */
export class LabelSelector {
  /** All of them must hold; sorted by key. */
  readonly requirements: readonly LabelRequirement[];
  /** Whether an object with these labels is selected. Needs no receiver. */
  readonly matches: (labels: Labels) => boolean;
  readonly #nothing: boolean;

  constructor(requirements: readonly LabelRequirement[], nothing = false) {
    this.requirements = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.#nothing = nothing;
    this.matches = nothing ? () => false : compileAll(this.requirements);
  }

  /** Selects every object. */
  get isEverything(): boolean {
    return !this.#nothing && this.requirements.length === 0;
  }

  /** Selects no object, whatever its labels: the selector of an object that has none. */
  get isNothing(): boolean {
    return this.#nothing;
  }

  /** The one value that the label must have, when the selector asks for one. */
  exactValue(key: string): string | undefined {
    const requirement = this.requirements.find((candidate) => candidate.key === key);
    if (requirement?.values.length !== 1) return undefined;
    return requirement.operator === "=" || requirement.operator === "==" || requirement.operator === "in"
      ? requirement.values[0]
      : undefined;
  }

  /** The string form, which `parseLabelSelector` reads. */
  toString(): string {
    return this.requirements.map(formatRequirement).join(",");
  }
}

/** Reads the string form: `a=b,c!=d,e in (x,y),!f,g`. Throws the 400 `StatusError` with upstream's texts. */
export function parseLabelSelector(text: string): LabelSelector {
  return new LabelSelector(parseRequirements(text));
}

/** Compiles the selector of an object's spec. None at all selects nothing, an empty one everything. */
export function compileLabelSelector(selector: Readonly<LabelSelectorObject> | null | undefined): LabelSelector {
  if (!selector) return new LabelSelector([], true);
  const requirements: LabelRequirement[] = [];
  for (const key in selector.matchLabels) requirements.push(checked({ key, operator: "=", values: [selector.matchLabels[key]!] }));
  for (const expression of selector.matchExpressions ?? []) {
    const operator = objectOperators[expression.operator];
    if (!operator || !Object.hasOwn(objectOperators, expression.operator)) {
      throw badRequest(`${JSON.stringify(expression.operator)} is not a valid label selector operator`);
    }
    requirements.push(checked({ key: expression.key, operator, values: expression.values ?? [] }));
  }
  return new LabelSelector(requirements);
}

/** Selects what has all of these labels (service selectors, replication controllers). None selects everything. */
export function selectorFromLabels(labels: Labels): LabelSelector {
  return new LabelSelector(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: "=", values: [value] })));
}

/** The string form of an object's selector as tables and `describe` show it: `<none>`, `<error>`, or the requirements. */
export function formatLabelSelector(selector: Readonly<LabelSelectorObject> | null | undefined): string {
  try {
    return compileLabelSelector(selector).toString() || "<none>";
  } catch {
    return "<error>";
  }
}

const objectOperators: Readonly<Record<string, LabelOperator>> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };

function checked(requirement: LabelRequirement): LabelRequirement {
  const errors = requirementErrors(requirement);
  if (errors.length > 0) throw badRequest(joinErrors(errors));
  return requirement;
}

const noLabels: Readonly<Record<string, string>> = Object.freeze({});

function compileAll(requirements: readonly LabelRequirement[]): (labels: Labels) => boolean {
  const tests = requirements.map(compileRequirement);
  const [first, second] = tests;
  if (!first) return () => true;
  if (!second) return (labels) => first(labels ?? noLabels);
  return (labels) => {
    const present = labels ?? noLabels;
    for (const test of tests) if (!test(present)) return false;
    return true;
  };
}
