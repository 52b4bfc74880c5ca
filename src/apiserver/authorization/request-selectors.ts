import type { FieldSelectorAttributes, LabelSelectorAttributes } from "../../api/authorization/v1.ts";
import { type FieldTerm, parseFieldSelector } from "../../machinery/selectors/field-selector.ts";
import type { LabelOperator, LabelRequirement } from "../../machinery/selectors/label-requirement.ts";
import { requirementErrors } from "../../machinery/selectors/label-requirement.ts";
import { parseLabelSelector } from "../../machinery/selectors/label-selector.ts";

/** What is known of a selector. All of it must hold, so leaving out what wasn't understood asks for more, never for less. */
interface Known<T> {
  terms: readonly T[];
  /** A part could not be read. */
  ignored: boolean;
}

type FieldSource = string | FieldSelectorAttributes | undefined;
type LabelSource = string | LabelSelectorAttributes | undefined;

/** The selectors of a request, read when an authorizer looks at them: few do. */
export class RequestSelectors {
  readonly #fieldSource: FieldSource;
  readonly #labelSource: LabelSource;
  #fields: Known<FieldTerm> | undefined;
  #labels: Known<LabelRequirement> | undefined;

  /** From texts, or from what a review of access asks about. */
  constructor(fields: FieldSource, labels: LabelSource) {
    this.#fieldSource = fields;
    this.#labelSource = labels;
  }

  get fields(): readonly FieldTerm[] {
    return this.#fieldsKnown.terms;
  }

  get labels(): readonly LabelRequirement[] {
    return this.#labelsKnown.terms;
  }

  /** The one value that the field must have. */
  isFixed(field: string, value: string): boolean {
    return this.fields.some((term) => term.field === field && term.operator === "=" && term.value === value);
  }

  /** Of a review of access: what of its selectors wasn't understood, and so not counted; empty when all was. */
  get evaluationError(): string {
    const text = (name: string, { terms, ignored }: Known<unknown>) =>
      ignored ? [`spec.resourceAttributes.${name} ${terms.length > 0 ? "partially ignored" : "ignored"} due to parse error`] : [];
    return [...text("fieldSelector", this.#fieldsKnown), ...text("labelSelector", this.#labelsKnown)].join("; ");
  }

  get #fieldsKnown(): Known<FieldTerm> {
    this.#fields ??= readFields(this.#fieldSource);
    return this.#fields;
  }

  get #labelsKnown(): Known<LabelRequirement> {
    this.#labels ??= readLabels(this.#labelSource);
    return this.#labels;
  }
}

const nothing = { terms: [], ignored: false };
const unreadable = { terms: [], ignored: true };

function readFields(source: FieldSource): Known<FieldTerm> {
  if (!source) return nothing;
  const { rawSelector = "", requirements = [] } = typeof source === "string" ? { rawSelector: source } : source;
  if (requirements.length === 0) {
    try {
      return { terms: parseFieldSelector(rawSelector).terms, ignored: false };
    } catch {
      return unreadable; // the request itself is refused for it, later
    }
  }
  const terms: FieldTerm[] = [];
  for (const { key: field, operator, values = [] } of requirements) {
    if (values.length !== 1 || (operator !== "In" && operator !== "NotIn")) continue;
    terms.push({ field, operator: operator === "In" ? "=" : "!=", value: values[0] as string });
  }
  return { terms, ignored: terms.length < requirements.length };
}

const labelOperators: Readonly<Record<string, LabelOperator>> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };

function readLabels(source: LabelSource): Known<LabelRequirement> {
  if (!source) return nothing;
  const { rawSelector = "", requirements = [] } = typeof source === "string" ? { rawSelector: source } : source;
  if (requirements.length === 0) {
    try {
      return { terms: parseLabelSelector(rawSelector).requirements, ignored: false };
    } catch {
      return unreadable; // the request itself is refused for it, later
    }
  }
  const terms: LabelRequirement[] = [];
  for (const { key, operator, values = [] } of requirements) {
    const known = Object.hasOwn(labelOperators, operator) ? labelOperators[operator] : undefined;
    const term = known && { key, operator: known, values };
    if (term && requirementErrors(term).length === 0) terms.push(term);
  }
  return { terms, ignored: terms.length < requirements.length };
}
