/** A number as Go prints it. */
export function goNumber(value: number): string {
  const text = String(value);
  if (value !== 0 && Math.abs(value) < 1e-4) {
    const [mantissa, exponent = ""] = value.toExponential().split("e");
    return `${mantissa}e-${exponent.slice(1).padStart(2, "0")}`;
  }
  return text;
}
