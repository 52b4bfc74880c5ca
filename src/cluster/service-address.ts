/** The first usable address of a range: the API server's as a service. */
export function firstAddress(range: string): string {
  const [base = ""] = range.split("/");
  const parts = base.split(".").map(Number);
  const value = ((parts[0] as number) << 24) + ((parts[1] as number) << 16) + ((parts[2] as number) << 8) + (parts[3] as number) + 1;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}
