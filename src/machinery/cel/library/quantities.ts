import {
  addQuantities,
  compareQuantities,
  isZeroQuantity,
  parseQuantity,
  type Quantity,
  QuantityError,
  quantityOf,
  quantitySign,
  subtractQuantities,
} from "../../quantity.ts";
import { structType } from "../check/types.ts";
import { noOverload } from "../values/compare.ts";
import { Failure, ObjectValue, type Value } from "../values/value.ts";

export const quantityType = structType("kubernetes.Quantity");

export class QuantityValue extends ObjectValue {
  readonly type = quantityType;
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }
  equals(other: Value): Value {
    return other instanceof QuantityValue ? compareQuantities(this.quantity, other.quantity) === 0 : noOverload;
  }
}

function parse(text: string): QuantityValue | Failure {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) return new Failure(error.message);
    throw error;
  }
}

/** The number where it is a whole one of 64 bits and needs no rounding. */
function wholeNumber({ unscaled, exponent }: Quantity): bigint | undefined {
  let value = BigInt(unscaled);
  if (exponent >= 0) value *= 10n ** BigInt(exponent);
  else {
    const divisor = 10n ** BigInt(-exponent);
    if (value % divisor !== 0n) return undefined;
    value /= divisor;
  }
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function approximate(quantity: Quantity): number {
  if (isZeroQuantity(quantity)) return 0;
  const whole = wholeNumber(quantity);
  if (whole !== undefined) return Number(whole);
  const { unscaled, exponent } = quantity;
  return Number(unscaled) * 10 ** exponent;
}

const ofInt = (value: bigint) => ({ ...quantityOf(0, "DecimalExponent"), unscaled: value });
type Q = QuantityValue;

export const quantityFunctions: Readonly<Record<string, (...args: never[]) => Value>> = {
  string_to_quantity: parse,
  is_quantity_string: (text: string) => !(parse(text) instanceof Failure),
  quantity_sign: ({ quantity }: Q) => BigInt(quantitySign(quantity)),
  quantity_is_greater_than: (a: Q, b: Q) => compareQuantities(a.quantity, b.quantity) > 0,
  quantity_is_less_than: (a: Q, b: Q) => compareQuantities(a.quantity, b.quantity) < 0,
  quantity_compare_to: (a: Q, b: Q) => BigInt(Math.sign(compareQuantities(a.quantity, b.quantity))),
  quantity_get_float: ({ quantity }: Q) => approximate(quantity),
  quantity_get_int: ({ quantity }: Q) => wholeNumber(quantity) ?? new Failure("cannot convert value to integer"),
  quantity_is_integer: ({ quantity }: Q) => wholeNumber(quantity) !== undefined,
  quantity_add: (a: Q, b: Q) => new QuantityValue(addQuantities(a.quantity, b.quantity)),
  quantity_add_int: (a: Q, b: bigint) => new QuantityValue(addQuantities(a.quantity, ofInt(b))),
  quantity_sub: (a: Q, b: Q) => new QuantityValue(subtractQuantities(a.quantity, b.quantity)),
  quantity_sub_int: (a: Q, b: bigint) => new QuantityValue(subtractQuantities(a.quantity, ofInt(b))),
};
