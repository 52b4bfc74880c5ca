/** Where an int64 ends. What was written as a larger whole number is read as a float. */
const int64End = 2 ** 63;

/** Whether Go reads it as an int64; integers that only a bigint holds are that. */
function isInt64(value: number | bigint): boolean {
  return typeof value === "bigint" || (Number.isInteger(value) && Math.abs(value) < int64End);
}

/** A number as Go prints it: whole ones as the int64 that they are, where they fit, others as floats. */
export function goNumber(value: number | bigint): string {
  return isInt64(value) ? String(value) : goFloat(Number(value));
}

/** A float as Go prints it: with an exponent from a million on and below a ten-thousandth. */
export function goFloat(value: number): string {
  const [mantissa, exponent = ""] = value.toExponential().split("e");
  if (Number(exponent) >= -4 && Number(exponent) < 6) return String(value);
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

/** A number made an int64, as Go does it on the machines that most servers run on: what doesn't fit becomes the least one. */
export function truncatedInt64(value: number | bigint): number | bigint {
  if (typeof value === "bigint") return value;
  return Math.abs(value) < int64End ? Math.trunc(value) : -(2n ** 63n);
}
