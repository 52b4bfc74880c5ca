const contextLines = 3;

/**
 * The difference of two values for a person to read, as upstream puts it into its messages: a unified diff of the values as
 * JSON, with field names capitalised.
 */
export function specDiff(old: unknown, next: unknown): string {
  return internalDiff(capitalised(old), capitalised(next));
}

/** The same for values that have upstream's internal form already. */
export function internalDiff(old: unknown, next: unknown): string {
  const before = shown(old);
  const after = shown(next);
  const edits = align(before, after);
  const out: string[] = [];
  for (let at = 0; at < edits.length; ) {
    if ((edits[at] as Edit).sign === " ") {
      at++;
      continue;
    }
    const start = Math.max(0, at - contextLines);
    let end = at;
    for (let ahead = at; ahead < edits.length && ahead <= end + 2 * contextLines; ahead++) {
      if ((edits[ahead] as Edit).sign !== " ") end = ahead;
    }
    const hunk = edits.slice(start, Math.min(edits.length, end + contextLines + 1));
    const first = hunk[0] as Edit;
    const count = (sign: string) => hunk.filter((edit) => edit.sign !== sign).length;
    out.push(`@@ -${first.oldLine},${count("+")} +${first.newLine},${count("-")} @@`);
    for (const { sign, text } of hunk) out.push(`${sign}${text}`);
    at = end + contextLines + 1;
  }
  return `${out.join("\n")}\n`;
}

interface Edit {
  sign: " " | "-" | "+";
  text: string;
  oldLine: number;
  newLine: number;
}

/** The lines of both, in order, with what only one of them has marked: by the longest common subsequence. */
function align(old: readonly string[], next: readonly string[]): Edit[] {
  const width = next.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const cell = (i: number, j: number) => common[i * width + j] as number;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = next.length - 1; j >= 0; j--) {
      common[i * width + j] = old[i] === next[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < next.length) {
    const place = { oldLine: i + 1, newLine: j + 1 };
    if (i < old.length && j < next.length && old[i] === next[j]) {
      edits.push({ sign: " ", text: old[i] as string, ...place });
      i++;
      j++;
    } else if (i < old.length && (j >= next.length || cell(i + 1, j) >= cell(i, j + 1))) {
      edits.push({ sign: "-", text: old[i] as string, ...place });
      i++;
    } else {
      edits.push({ sign: "+", text: next[j] as string, ...place });
      j++;
    }
  }
  return edits;
}

function shown(value: unknown): string[] {
  return JSON.stringify(value, null, 1).split("\n");
}

function capitalised(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? null;
  if (Array.isArray(value)) return value.map(capitalised);
  const result: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) result[`${key.charAt(0).toUpperCase()}${key.slice(1)}`] = capitalised(part);
  return result;
}
