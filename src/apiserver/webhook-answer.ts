/** A webhook's answer can't be read as the review that it should be: the call has failed, where other complaints are about what it says. */
export class DecodeFailure extends Error {}

/** The kind of review that a webhook was sent, and answers with. */
export interface ReviewKind {
  group: string;
  kind: string;
  version: string;
}

/** Throws `DecodeFailure` for an answer of another kind, as upstream's decoder does. One that names no kind is taken for the right one. */
export function checkReviewKind(body: Record<string, unknown>, wanted: ReviewKind): void {
  const { apiVersion = "", kind = "" } = body;
  const { group, version } = wanted;
  const isReview = kind === "" || kind === wanted.kind;
  if (isReview && (apiVersion === "" || apiVersion === `${group}/${version}`)) return;
  if (isReview && (apiVersion === `${group}/v1` || apiVersion === `${group}/v1beta1`)) {
    const given = String(apiVersion).slice(group.length + 1);
    throw new DecodeFailure(`converting (${given}.${wanted.kind}) to (${version}.${wanted.kind}): unknown conversion`);
  }
  throw new DecodeFailure(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
  );
}

/** Throws when an answer of version 1 doesn't say that it is one. */
export function requireReviewKind({ apiVersion = "", kind = "" }: Record<string, unknown>, wanted: ReviewKind): void {
  const expected = `${wanted.group}/${wanted.version}`;
  if (apiVersion === expected && kind === wanted.kind) return;
  const got = `${apiVersion === "" ? "/" : apiVersion}, Kind=${kind}`;
  throw new Error(`expected webhook response of ${expected}, Kind=${wanted.kind}, got ${got}`);
}
