import type { Inputs } from "./inputs.ts";

/** Something that takes what anybody sends. */
export interface Target {
  readonly name: string;
  /** Inputs of a long run are dealt out by these. */
  readonly weight: number;
  /** Makes one input and gives it to what is tested. `show` is told the input first. Throws what isn't a named error of the subject. */
  run(inputs: Inputs, show: (input: unknown) => void): void | Promise<void>;
}

/** Runs what may refuse its input with errors of these classes. Whether it took it. */
export function refusing(classes: readonly (abstract new (...args: never[]) => Error)[], run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (classes.some((known) => error instanceof known)) return false;
    throw error;
  }
}

/** What must hold of what a subject makes of any input. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
