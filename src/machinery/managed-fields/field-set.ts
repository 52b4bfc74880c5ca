import { compareElements, fieldElement, type PathElement, parseElement } from "./path-element.ts";

/**
 * A set of field paths: the tree that FieldsV1 is. The root has the first steps of the paths; a path is in the set when the
 * node at its end is empty or has the key `.`. A node without either stands for its members below only. Keys are in
 * upstream's order, `.` first. Sets are never changed once made, and share the branches that they have in common.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

interface MutableSet {
  [element: PathElement]: MutableSet;
}

const leaf: FieldSet = Object.freeze({});
export const emptySet: FieldSet = leaf;

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

function isMember(node: FieldSet): boolean {
  return node["."] !== undefined || isEmptySet(node);
}

/** The node that has these children (a set without `.`) and is a member or not; undefined when neither. */
function nodeOf(children: FieldSet, member: boolean): FieldSet | undefined {
  if (isEmptySet(children)) return member ? leaf : undefined;
  return member ? { ".": leaf, ...children } : children;
}

/** The node of a member of which these members, in order, lie below it. */
export function memberOf(elements: readonly PathElement[], nodes: readonly FieldSet[]): FieldSet {
  return elements.length === 0 ? leaf : withChildren({ ".": leaf }, elements, nodes);
}

function withChildren(node: MutableSet, elements: readonly PathElement[], nodes: readonly FieldSet[]): FieldSet {
  for (let index = 0; index < elements.length; index++) node[elements[index]!] = nodes[index]! as MutableSet;
  return node;
}

/** What is in either set. */
export function unionSets(a: FieldSet, b: FieldSet): FieldSet {
  return unionNodes(a, b, false, false);
}

/** The node that stands for all that two nodes of one place stand for. */
export function joinNodes(a: FieldSet, b: FieldSet): FieldSet {
  return unionNodes(a, b, isMember(a), isMember(b));
}

function unionNodes(a: FieldSet, b: FieldSet, memberA: boolean, memberB: boolean): FieldSet {
  if (a === b || ((memberA || !memberB) && hasAllBelow(a, b))) return a;
  let changed = memberB && !memberA;
  let unsorted = false;
  const result: MutableSet = {};
  if (memberA || memberB) result["."] = leaf;
  for (const element in a) {
    if (element === ".") continue;
    const left = a[element]!;
    const right = b[element];
    if (right === undefined) result[element] = left;
    else {
      const node = unionNodes(left, right, isMember(left), isMember(right));
      if (node !== left) changed = true;
      result[element] = node;
    }
  }
  for (const element in b) {
    if (element === "." || a[element] !== undefined) continue;
    result[element] = b[element]!;
    changed = true;
    unsorted = true;
  }
  if (!changed) return a;
  const keys = Object.keys(result);
  // A member without children is the empty node.
  if (keys.length === 1 && keys[0] === ".") return leaf;
  return unsorted ? sortNode(result, keys) : result;
}

/** Whether all that lies below a node lies below another too. */
function hasAllBelow(a: FieldSet, b: FieldSet): boolean {
  for (const element in b) {
    if (element === ".") continue;
    const left = a[element];
    const right = b[element]!;
    if (left === right) continue;
    if (left === undefined || (isMember(right) && !isMember(left)) || !hasAllBelow(left, right)) return false;
  }
  return true;
}

/** What is in `a` and not in `b`. A path goes only when `b` has that very path; those below it stay. */
export function differenceOfSets(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(b) ? a : (differenceNode(a, b, false, false, false) ?? leaf);
}

/** As `differenceOfSets`, but what `b` has goes with all that lies below it. */
export function excludeFromSet(a: FieldSet, b: FieldSet): FieldSet {
  return differenceNode(a, b, false, false, true) ?? leaf;
}

function differenceNode(a: FieldSet, b: FieldSet, memberA: boolean, memberB: boolean, recursive: boolean): FieldSet | undefined {
  let changed = memberA && memberB;
  const children: MutableSet = {};
  for (const element in a) {
    if (element === ".") continue;
    const left = a[element]!;
    const right = b[element];
    let node: FieldSet | undefined = left;
    if (right !== undefined) {
      const rightMember = isMember(right);
      node = recursive && rightMember ? undefined : differenceNode(left, right, isMember(left), rightMember, recursive);
    }
    if (node !== left) changed = true;
    if (node !== undefined) children[element] = node;
  }
  return changed ? nodeOf(children, memberA && !memberB) : a;
}

/** What is in both sets. */
export function intersectionOfSets(a: FieldSet, b: FieldSet): FieldSet {
  return intersectionNode(a, b, false) ?? leaf;
}

function intersectionNode(a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined {
  const children: MutableSet = {};
  for (const element in a) {
    if (element === ".") continue;
    const left = a[element]!;
    const right = b[element];
    if (right === undefined) continue;
    const node = intersectionNode(left, right, isMember(left) && isMember(right));
    if (node !== undefined) children[element] = node;
  }
  return nodeOf(children, member);
}

/** Whether a path is in both sets. */
export function setsIntersect(a: FieldSet, b: FieldSet): boolean {
  for (const element in a) {
    if (element === ".") continue;
    const left = a[element]!;
    const right = b[element];
    if (right === undefined) continue;
    if ((isMember(left) && isMember(right)) || setsIntersect(left, right)) return true;
  }
  return false;
}

export function setsEqual(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  for (const element in a) {
    const right = b[element];
    if (right === undefined || !setsEqual(a[element]!, right)) return false;
  }
  for (const element in b) if (a[element] === undefined) return false;
  return true;
}

/** Whether the very path is in the set. */
export function setHas(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** Whether the step is itself a member, as the first and last of its path. */
export function hasElement(set: FieldSet, element: PathElement): boolean {
  const node = set[element];
  return node !== undefined && isMember(node);
}

/** What is in the set below a step: a set of the rests of the paths. */
export function setBelow(set: FieldSet, element: PathElement): FieldSet {
  const node = set[element];
  return node === undefined ? leaf : setOfNode(node);
}

/** What lies below the place of a node: the place itself is its own root, which can't be in a set. */
export function setOfNode(node: FieldSet): FieldSet {
  if (node["."] === undefined) return node;
  const { ".": _, ...children } = node;
  return children;
}

/** Every path of the set, parents before what lies below them. */
export function* pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): IterableIterator<PathElement[]> {
  const below: [PathElement[], FieldSet][] = [];
  for (const element in set) {
    if (element === ".") continue;
    const node = set[element]!;
    const path = [...prefix, element];
    if (isMember(node)) yield path;
    below.push([path, node]);
  }
  for (const [path, node] of below) yield* pathsOf(node, path);
}

/** A set of paths that go through fields only: `fieldSet(["status"], ["metadata", "labels"])`. */
export function fieldSet(...paths: (readonly string[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.add(path.map(fieldElement));
  return builder.build();
}

/** Reads FieldsV1 from outside: puts the keys in order and drops what isn't known. Throws on keys that are no path elements, and on what is no map. */
export function parseFieldSet(value: unknown): FieldSet {
  return parseNode(value, true) ?? leaf;
}

function parseNode(value: unknown, root: boolean): FieldSet | undefined {
  if (value === null || value === undefined) return root ? undefined : leaf;
  if (typeof value !== "object" || Array.isArray(value)) throw new Error(`expected a map of fields, got ${JSON.stringify(value)}`);
  const children: MutableSet = {};
  let member = false;
  for (const [text, child] of Object.entries(value)) {
    if (text === ".") {
      member = true;
      continue;
    }
    const element = parseElement(text);
    if (element === undefined) continue;
    const node = parseNode(child, false) ?? leaf;
    const present = children[element];
    children[element] = present === undefined ? node : unionNodes(present, node, isMember(present), isMember(node));
  }
  return nodeOf(sortNode(children, Object.keys(children)), member || (!root && isEmptySet(children)));
}

/** Collects what lies below one place: each step once, in any order. */
export class NodeBuilder {
  #elements: PathElement[] = [];
  #nodes: FieldSet[] = [];
  #inOrder = true;

  add(element: PathElement, node: FieldSet): void {
    const count = this.#elements.push(element);
    this.#nodes.push(node);
    if (count > 1 && compareElements(this.#elements[count - 2]!, element) > 0) this.#inOrder = false;
  }

  /** `member`: the place itself is in the set. */
  build(member: boolean): FieldSet {
    if (!this.#inOrder) {
      const [elements, nodes] = [this.#elements, this.#nodes];
      const order = elements.map((_, index) => index).sort((a, b) => compareElements(elements[a]!, elements[b]!));
      this.#elements = order.map((index) => elements[index]!);
      this.#nodes = order.map((index) => nodes[index]!);
    }
    return member ? memberOf(this.#elements, this.#nodes) : withChildren({}, this.#elements, this.#nodes);
  }
}

/** Collects paths, in any order. */
export class FieldSetBuilder {
  readonly #root: MutableSet = {};
  #isEmpty = true;

  add(path: readonly PathElement[]): void {
    this.addLast(path, path.length);
  }

  /** Adds the path that the first `length` steps make. The root itself can't be in a set. */
  addLast(path: readonly PathElement[], length: number): void {
    if (length === 0) return;
    this.#isEmpty = false;
    let node = this.#root;
    for (let index = 0; index < length; index++) {
      const element = path[index]!;
      let next = node[element];
      if (next === undefined) {
        next = {};
        node[element] = next;
        if (index === length - 1) continue;
      } else if (index < length - 1 && isEmptySet(next)) {
        next["."] = leaf;
      } else if (index === length - 1 && !isEmptySet(next)) {
        next["."] = leaf;
      }
      node = next;
    }
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  build(): FieldSet {
    return this.#isEmpty ? leaf : sortTree(this.#root);
  }
}

function sortTree(node: MutableSet): FieldSet {
  const keys = Object.keys(node);
  for (const key of keys) {
    const child = node[key]!;
    const sorted = sortTree(child);
    if (sorted !== child) node[key] = sorted;
  }
  return sortNode(node, keys);
}

/** The node with its keys in order; the same node when they are. `.` sorts before everything else. */
function sortNode(node: MutableSet, keys: string[]): FieldSet {
  let inOrder = true;
  for (let index = 1; index < keys.length && inOrder; index++) inOrder = compareKeys(keys[index - 1]!, keys[index]!) < 0;
  if (inOrder) return node;
  keys.sort(compareKeys);
  const sorted: MutableSet = {};
  for (const key of keys) sorted[key] = node[key]!;
  return sorted;
}

function compareKeys(a: string, b: string): number {
  if (a === ".") return b === "." ? 0 : -1;
  return b === "." ? 1 : compareElements(a, b);
}
