import type { Request, Sequence } from "../sequences.ts";

/** Texts that are no YAML, as people write them: what is told of them. */
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const groups: Readonly<Record<string, readonly string[]>> = {
  tabs: [
    "a:\n\tb: 1",
    "\ta: 1",
    "a: 1\n\tb: 2",
    "a:\n  - b\n\t- c",
    "data:\n  key: value\n\tother: x",
    "data:\n  key: value\n  \tother: x",
    "data:\n  key: |\n\tother: x",
    'data: "a"\n\tb: c',
    "data: {}\n\tb: c",
    "a: b # c\n\td: e",
    "a: b\r\n\tc",
  ],
  "indentation of keys": [
    "a: 1\n  b: 2",
    "a:\n  b: 1\n c: 2",
    "kind: ConfigMap\nmetadata:\n  name: x\n data:\n  a: b",
    "kind: ConfigMap\n  metadata: x",
    "metadata:\n  name: x\n  labels:\n    a: b\n   c: d",
    "x:\n  y: b\n    c: d\n",
    "a: b\nc: d\n e: f",
    "a: b: c",
    "x: 1\ny: z: w",
    "a: b:\n  c",
  ],
  lists: [
    "- a\nb: c",
    "a: 1\n- b",
    "x: 1\ny: 2\n- b: c\n- d",
    "a:\n- b\n c",
    "- - a\n - b",
    "- a\n-b\n",
    "a: - b",
    "x: 1\na: - b\nc: d",
    "spec:\n  containers:\n  - name: a\n   image: b",
    "spec:\n  containers:\n  - name: a\n    image: b\n    - x",
    "metadata:\n- name: x\n  y: z\n z: 1",
    "x:\n- a\n- b\nc",
    "x: 1\ny:\n  - a: b\n   - c",
    "a:\n  - b\n  c: d",
    "a:\n  - b\n  c",
    "x:\n  y: 1\n  - b",
  ],
  brackets: [
    ...[
      "a: [1, 2",
      "a: {b: 1",
      "key: [a, b]]",
      "key: {a: b}}",
      "x: 1\ny:\n  a: [b]]\n",
      "a: {b: [c}",
      "{",
      "}",
      "[",
      "]",
      "{a",
      "[a",
      "{a:",
    ],
    ...["{a: b", "{a: b,", "x: {a:", "x: {a: 1\ny: 2", "x: [a\ny: 2\n", "a: ,b", "x: 1\na: ,b"],
  ],
  scalars: [
    ...[
      "a: 'x",
      'a: "x',
      'a: "\\q"',
      'a: "\\x4"',
      'a: "\\u12"',
      "a: 'b' c",
      'a: "b" c',
      "x: 1\ny: 2\na: 'b' c\nd: e",
      "a: >-x\n b",
      "a: |9x\n x",
    ],
    ...["x: 1\na: >-x\n b", "a: @b", "a: `b`", "a: %b", "a: \u0007", "key:value", "a, b: c", "a: *x", "a: &x 1\nb: *y"],
  ],
};

const sequences: Sequence[] = Object.entries(groups).map(([name, texts]) => ({
  name,
  steps: texts.map(
    (raw): Request => ({ method: "POST", path: `${configMaps}?dryRun=All`, raw, headers: { "content-type": "application/yaml" } }),
  ),
}));

export default sequences;
