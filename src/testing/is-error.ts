/** Errors of a test runner's realm among them: they aren't instances of this realm's `Error`. */
export function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === "[object Error]";
}
