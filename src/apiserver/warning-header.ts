/** What a client is told beside the answer: each text once, in less than a header may hold. */
export function warningHeader(warnings: readonly string[]): string[] {
  return shortened([...new Set(warnings)].filter(isPrintable)).map((warning) => `299 - ${quoted(warning)}`);
}

const maxCharacters = 4096;
const maxCharactersOfOne = 256;

/** Upstream cuts each text once they are too many together, and leaves out what comes after those that fill the header then. */
function shortened(texts: readonly string[]): readonly string[] {
  let length = 0;
  const first = texts.findIndex((text) => {
    length += lengthOf(text);
    return length > maxCharacters;
  });
  if (first < 0) return texts;
  const kept: string[] = [];
  let written = 0;
  for (const [index, text] of texts.entries()) {
    if (index > first && written >= maxCharacters) break;
    const cut = [...text].slice(0, maxCharactersOfOne);
    written += cut.length;
    kept.push(cut.join(""));
  }
  return kept;
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** Upstream says nothing where its text has control characters, line breaks too. */
function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

function quoted(warning: string): string {
  return `"${warning.replace(/[\\"]/g, "\\$&")}"`;
}
