/**
 * Quantities: fixed-point numbers with a suffix (`100m`, `1.5Gi`, `12e6`), with upstream's parsing, rounding and canonical
 * forms. Nothing is smaller than a billionth; what is, rounds away from zero.
 */
export interface Quantity {
  /** The number is `unscaled × 10^exponent`. A bigint only where a number could lose digits. */
  readonly unscaled: number | bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
  /** The text it was parsed from, where that is what upstream writes back. */
  readonly text?: string;
}

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

export class QuantityError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "QuantityError";
  }
}

const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixWrong = "unable to parse quantity's suffix";

const pattern = /^([+-]?)0*(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;

const decimalSuffixes: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binarySuffixes: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalNames: Record<number, string> = Object.fromEntries(Object.entries(decimalSuffixes).map(([name, e]) => [e, name]));
const binaryNames = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Larger exponents are refused: working them out would take unbounded time. */
const maxExponent = 1000;
const nanoExponent = -9;
const maxInt64 = 9223372036854775807n;

/** Throws `QuantityError` with upstream's text. */
export function parseQuantity(text: string): Quantity {
  const match = text === "" ? null : pattern.exec(text);
  if (!match) throw new QuantityError(formatWrong);
  const negative = match[1] === "-";
  const whole = match[2] || "0";
  const fraction = match[3] ?? "";
  const suffix = match[4] as string;
  const digits = whole + fraction;

  const binary = binarySuffixes[suffix];
  if (binary !== undefined) return parseBinary(text, negative, whole, fraction, binary);

  let format: QuantityFormat = "DecimalSI";
  let exponent = decimalSuffixes[suffix];
  if (exponent === undefined) {
    if (!/^[eE][+-]?\d+$/.test(suffix)) throw new QuantityError(suffixWrong);
    format = "DecimalExponent";
    exponent = Number(suffix.slice(1));
    if (exponent > maxExponent) throw new QuantityError(suffixWrong);
  }
  const scaled = exponent - fraction.length;
  if (digits.length <= 18 && scaled >= nanoExponent) {
    const unscaled = signed(small(digits), negative);
    const reusable = scaled % 3 === 0 && !digits.endsWith("000") && digits[0] !== "0";
    return reusable ? { unscaled, exponent: scaled, format, text } : { unscaled, exponent: scaled, format };
  }
  if (scaled < -maxExponent - digits.length) {
    const unscaled = /^0*$/.test(digits) ? 0 : signed(1, negative);
    return { unscaled, exponent: nanoExponent, format };
  }
  return { ...roundToNano(signed(BigInt(digits), negative), scaled), format };
}

function parseBinary(text: string, negative: boolean, whole: string, fraction: string, exponent: number): Quantity {
  if (fraction === "" && 15 - whole.length - Math.trunc(exponent * 0.3) - 1 >= 0) {
    const count = Number(whole);
    const unscaled = signed(compact(BigInt(count) * 2n ** BigInt(exponent)), negative);
    return (count & 7) !== 0 ? { unscaled, exponent: 0, format: "BinarySI", text } : { unscaled, exponent: 0, format: "BinarySI" };
  }
  let amount = roundToNano(BigInt(whole + fraction) * 2n ** BigInt(exponent), -fraction.length);
  if (compareScaled(amount, { unscaled: maxInt64, exponent: 0 }) > 0) amount = { unscaled: maxInt64, exponent: 0 };
  const belowOne = amount.unscaled !== 0 && amount.unscaled !== 0n && compareScaled(amount, { unscaled: 1, exponent: 0 }) < 0;
  return { unscaled: signed(amount.unscaled, negative), exponent: amount.exponent, format: belowOne ? "DecimalSI" : "BinarySI" };
}

/** The canonical text of a quantity's text: what upstream answers with when it was sent `text`. */
export function canonicalQuantity(text: string): string {
  return isCanonical(text) ? text : formatQuantity(parseQuantity(text));
}

/** Knows most canonical texts at a glance; false means that it must be looked at closely. */
function isCanonical(text: string): boolean {
  const length = text.length;
  let digits = 0;
  let count = 0;
  for (; digits < length; digits++) {
    const digit = text.charCodeAt(digits) - 48;
    if (digit < 0 || digit > 9) break;
    count = count * 10 + digit;
  }
  if (digits === 0 || digits > 9) return false;
  if (text.charCodeAt(0) === 48) return length === 1;
  if (digits === length) return count % 1000 !== 0;
  const suffix = text.charCodeAt(digits);
  if (digits + 1 === length) return (suffix === 109 || suffix === 107 || suffix === 77 || suffix === 71) && count % 1000 !== 0;
  if (digits + 2 !== length || text.charCodeAt(digits + 1) !== 105) return false;
  return count % 1024 !== 0 && ((suffix === 75 && digits <= 9) || (suffix === 77 && digits <= 8) || (suffix === 71 && digits <= 5));
}

export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text;
  if (Number(quantity.unscaled) === 0) return "0";
  if (quantity.format === "BinarySI") {
    const whole = exactInteger(quantity);
    if (whole !== undefined && (whole >= 1024n || whole <= -1024n)) {
      let amount = whole;
      let times = 0;
      while (amount % 1024n === 0n) {
        amount /= 1024n;
        times++;
      }
      return `${amount}${binaryNames[times] ?? ""}`;
    }
  }
  let amount = BigInt(quantity.unscaled);
  let exponent = quantity.exponent;
  while (amount % 10n === 0n) {
    amount /= 10n;
    exponent++;
  }
  for (; exponent % 3 !== 0; exponent--) amount *= 10n;
  if (quantity.format === "DecimalExponent") return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  return `${amount}${decimalNames[exponent] ?? ""}`;
}

export function isZeroQuantity(quantity: Quantity): boolean {
  return Number(quantity.unscaled) === 0;
}

/** -1, 0 or 1. */
export function quantitySign(quantity: Quantity | string): number {
  return Math.sign(Number(asQuantity(quantity).unscaled));
}

/** Negative, zero or positive, as sort functions want it. */
export function compareQuantities(a: Quantity | string, b: Quantity | string): number {
  return compareScaled(asQuantity(a), asQuantity(b));
}

export function addQuantities(a: Quantity | string, b: Quantity | string): Quantity {
  return sum(asQuantity(a), asQuantity(b), 1);
}

export function subtractQuantities(a: Quantity | string, b: Quantity | string): Quantity {
  return sum(asQuantity(a), asQuantity(b), -1);
}

/** The number in whole units, rounded away from zero. */
export function quantityValue(quantity: Quantity | string): number {
  return (typeof quantity === "string" ? plainValue(quantity, 1) : undefined) ?? scaledValue(asQuantity(quantity), 0);
}

/** The number in thousandths, rounded away from zero: `100m` is 100. */
export function quantityMilliValue(quantity: Quantity | string): number {
  return (typeof quantity === "string" ? plainValue(quantity, 1000) : undefined) ?? scaledValue(asQuantity(quantity), -3);
}

/** The text of a quantity, of one that is finer than a thousandth rounded up to that. */
export function roundedToThousandths(text: string): string {
  const { unscaled, exponent, format } = parseQuantity(text);
  if (exponent >= -3) return text;
  return formatQuantity({ unscaled: compact(rescale(BigInt(unscaled), exponent + 3)), exponent: -3, format });
}

/** Whether upstream takes the number for one that isn't whole: its count of thousandths overflows where a number is huge. */
export function isFractionalQuantity(text: string): boolean {
  const plain = plainValue(text, 1000);
  if (plain !== undefined) return plain % 1000 !== 0;
  const { unscaled, exponent } = parseQuantity(text);
  const thousandths = rescale(BigInt(unscaled), exponent + 3);
  const kept = BigInt.asIntN(64, thousandths);
  if (kept !== thousandths && typeof unscaled === "number") return false;
  return kept % 1000n !== 0n;
}

/** Reads most quantities at a glance: digits and a common suffix. Undefined means that it must be looked at closely. */
function plainValue(text: string, scale: 1 | 1000): number | undefined {
  const length = text.length;
  let digits = 0;
  let count = 0;
  for (; digits < length && digits < 12; digits++) {
    const digit = text.charCodeAt(digits) - 48;
    if (digit < 0 || digit > 9) break;
    count = count * 10 + digit;
  }
  if (digits === 0) return undefined;
  if (digits === length) return count * scale;
  const suffix = text.charCodeAt(digits);
  if (suffix === 109 && digits + 1 === length) return scale === 1000 ? count : Math.ceil(count / 1000);
  // k or K, M, G
  const power = suffix === 107 || suffix === 75 ? 1 : suffix === 77 ? 2 : suffix === 71 ? 3 : 0;
  if (power === 0) return undefined;
  const binary = digits + 2 === length && text.charCodeAt(digits + 1) === 105;
  // There is no `ki`, and no `K`.
  if ((!binary && digits + 1 !== length) || (suffix === 107 && binary) || (suffix === 75 && !binary)) return undefined;
  const value = count * (binary ? 1024 : 1000) ** power * scale;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A quantity of whole units, or of `10^exponent` of them. */
export function quantityOf(count: number, format: QuantityFormat = "DecimalSI", exponent = 0): Quantity {
  return { unscaled: count, exponent, format };
}

function asQuantity(quantity: Quantity | string): Quantity {
  return typeof quantity === "string" ? parseQuantity(quantity) : quantity;
}

type Scaled = Pick<Quantity, "unscaled" | "exponent">;

function scaledValue({ unscaled, exponent }: Scaled, target: number): number {
  const shift = exponent - target;
  if (shift === 0) return Number(unscaled);
  if (typeof unscaled === "number" && shift < 0 && shift >= -15) {
    const divisor = 10 ** -shift;
    const rest = unscaled % divisor;
    return (unscaled - rest) / divisor + Math.sign(rest);
  }
  if (typeof unscaled === "number" && shift > 0) {
    const product = unscaled * 10 ** shift;
    if (Number.isSafeInteger(product)) return product;
  }
  return Number(rescale(BigInt(unscaled), shift));
}

/** `amount × 10^shift` as an integer, rounded away from zero. */
function rescale(amount: bigint, shift: number): bigint {
  if (shift >= 0) return amount * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  const quotient = amount / divisor;
  if (amount % divisor === 0n) return quotient;
  return amount < 0n ? quotient - 1n : quotient + 1n;
}

function roundToNano(amount: bigint, exponent: number): Scaled {
  if (exponent >= nanoExponent) return { unscaled: compact(amount), exponent };
  return { unscaled: compact(rescale(amount, exponent - nanoExponent)), exponent: nanoExponent };
}

function exactInteger({ unscaled, exponent }: Scaled): bigint | undefined {
  const amount = BigInt(unscaled);
  if (exponent >= 0) return amount * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return amount % divisor === 0n ? amount / divisor : undefined;
}

function compareScaled(a: Scaled, b: Scaled): number {
  if (a.exponent === b.exponent) return a.unscaled < b.unscaled ? -1 : a.unscaled > b.unscaled ? 1 : 0;
  const exponent = Math.min(a.exponent, b.exponent);
  const left = rescale(BigInt(a.unscaled), a.exponent - exponent);
  const right = rescale(BigInt(b.unscaled), b.exponent - exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A zero takes the format of what is added to it. */
function sum(a: Quantity, b: Quantity, sign: 1 | -1): Quantity {
  const format = Number(a.unscaled) === 0 ? b.format : a.format;
  if (a.exponent === b.exponent && typeof a.unscaled === "number" && typeof b.unscaled === "number") {
    const total = a.unscaled + sign * b.unscaled;
    if (Number.isSafeInteger(total)) return { unscaled: total, exponent: a.exponent, format };
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const total = rescale(BigInt(a.unscaled), a.exponent - exponent) + BigInt(sign) * rescale(BigInt(b.unscaled), b.exponent - exponent);
  return { unscaled: compact(total), exponent, format };
}

function small(digits: string): number | bigint {
  return digits.length <= 15 ? Number(digits) : compact(BigInt(digits));
}

function compact(amount: bigint): number | bigint {
  return amount >= -9007199254740991n && amount <= 9007199254740991n ? Number(amount) : amount;
}

function signed(amount: bigint, negative: boolean): bigint;
function signed(amount: number | bigint, negative: boolean): number | bigint;
function signed(amount: number | bigint, negative: boolean): number | bigint {
  return negative && Number(amount) !== 0 ? -amount : amount;
}
