/**
 * A persistent, ordered B+tree of items by their `key`. A tree never changes: `edit` makes a new one that shares all nodes but
 * those on the changed paths. Every branch knows how many items are below it, so ranks and counts cost O(log n).
 *
 * Keys are ordered by UTF-16 code units, as `<` orders strings.
 */
export interface Keyed {
  readonly key: string;
}

const maxSize = 64;
const minSize = 20;
/** How full `Tree.from` packs nodes: room for some inserts before the first split. */
const loadSize = 56;

/** A test of items that is asked again and again: its results are kept with the leaves, which last until one of their items changes. */
export interface Filter<T extends Keyed> {
  matches(item: T): boolean;
}

/** The results of so many filters are kept with a leaf. */
const keptFilters = 64;

/** Nodes made by an edit belong to it, and it changes them in place; once the edit is done nobody holds its token any more. */
class Leaf<T extends Keyed> {
  readonly owner: object;
  items: T[];
  /** What filters found here, from the least recently added one on. Only of leaves that no edit changes any more. */
  #found: Map<Filter<T>, readonly T[]> | undefined;

  constructor(owner: object, items: T[]) {
    this.owner = owner;
    this.items = items;
  }

  select(filter: Filter<T>): readonly T[] {
    this.#found ??= new Map();
    let found = this.#found.get(filter);
    if (found === undefined) {
      found = this.items.filter((item) => filter.matches(item));
      if (this.#found.size === keptFilters) this.#found.delete(this.#found.keys().next().value as Filter<T>);
      this.#found.set(filter, found.length === 0 ? noItems : found);
    }
    return found;
  }
}

const noItems: readonly never[] = Object.freeze([]);

class Branch<T extends Keyed> {
  readonly owner: object;
  /** `firsts[i]` is at most the least key of `children[i]` and above all keys of `children[i - 1]`; `firsts[0]` is not read. */
  firsts: string[];
  children: Node<T>[];
  count: number;

  constructor(owner: object, firsts: string[], children: Node<T>[], count: number) {
    this.owner = owner;
    this.firsts = firsts;
    this.children = children;
    this.count = count;
  }
}

type Node<T extends Keyed> = Leaf<T> | Branch<T>;

function countOf<T extends Keyed>(node: Node<T>): number {
  return node instanceof Leaf ? node.items.length : node.count;
}

function sizeOf<T extends Keyed>(node: Node<T>): number {
  return node instanceof Leaf ? node.items.length : node.children.length;
}

/** The index of the first item whose key is at least `key`. */
function lowerBound<T extends Keyed>(items: readonly T[], key: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle] as T).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the child that holds `key`, if any does. */
function childIndex(firsts: readonly string[], key: string): number {
  let low = 1;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((firsts[middle] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The least string above all that start with `prefix`; undefined when there is none. */
function prefixEnd(prefix: string): string | undefined {
  for (let length = prefix.length; length > 0; length--) {
    const last = prefix.charCodeAt(length - 1);
    if (last < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(last + 1);
  }
  return undefined;
}

function rangeStart(prefix: string, after: string | undefined): string {
  if (after === undefined) return prefix;
  const start = `${after}\0`;
  return start > prefix ? start : prefix;
}

const none: IterableIterator<never> = {
  [Symbol.iterator]: () => none,
  next: () => ({ done: true, value: undefined }),
};

export class Tree<T extends Keyed> {
  readonly #root: Node<T>;

  private constructor(root: Node<T>) {
    this.#root = root;
  }

  static empty<T extends Keyed>(): Tree<T> {
    return new Tree<T>(new Leaf<T>({}, []));
  }

  /** Builds a tree in linear time. `items` are in key order, without duplicates. */
  static from<T extends Keyed>(items: readonly T[]): Tree<T> {
    const owner = {};
    let nodes: Node<T>[] = [];
    let firsts: string[] = [];
    for (let i = 0; i < items.length; i += loadSize) {
      nodes.push(new Leaf(owner, items.slice(i, i + loadSize)));
      firsts.push((items[i] as T).key);
    }
    if (nodes.length === 0) return Tree.empty();
    while (nodes.length > 1) {
      const parents: Node<T>[] = [];
      const parentFirsts: string[] = [];
      for (let i = 0; i < nodes.length; i += loadSize) {
        const children = nodes.slice(i, i + loadSize);
        const count = children.reduce((sum, child) => sum + countOf(child), 0);
        parents.push(new Branch(owner, firsts.slice(i, i + loadSize), children, count));
        parentFirsts.push(firsts[i] as string);
      }
      nodes = parents;
      firsts = parentFirsts;
    }
    return new Tree(nodes[0] as Node<T>);
  }

  /** The tree that `change` makes of this one; this one stays as it is. */
  edit(change: (editor: TreeEditor<T>) => void): Tree<T> {
    const editor = new Editor<T>(this.#root);
    change(editor);
    return editor.root === this.#root ? this : new Tree(editor.root);
  }

  get size(): number {
    return countOf(this.#root);
  }

  get(key: string): T | undefined {
    let node = this.#root;
    while (node instanceof Branch) node = node.children[childIndex(node.firsts, key)] as Node<T>;
    const item = node.items[lowerBound(node.items, key)];
    return item !== undefined && item.key === key ? item : undefined;
  }

  /** The items whose key starts with `prefix` and is above `after` (when given), in key order. */
  range(prefix: string, after?: string): IterableIterator<T> {
    const start = rangeStart(prefix, after);
    return this.#isEmptyFrom(prefix, start) ? none : new RangeIterator(this.#root, prefix, start);
  }

  /** Whether a look at one leaf tells that the range has nothing: checks of all kinds look for objects that few namespaces have. */
  #isEmptyFrom(prefix: string, start: string): boolean {
    let node = this.#root;
    while (node instanceof Branch) node = node.children[childIndex(node.firsts, start)] as Node<T>;
    const first = node.items[lowerBound(node.items, start)];
    return first !== undefined && !first.key.startsWith(prefix);
  }

  /** The items of `range(prefix)` that the filter matches. With a filter that was asked before this reads little but the matches. */
  select(prefix: string, filter: Filter<T>): T[] {
    const found: T[] = [];
    const iterator = new RangeIterator(this.#root, prefix, prefix);
    do iterator.selectInto(found, filter);
    while (iterator.nextLeaf());
    return found;
  }

  /** How many items `range` would give. */
  count(prefix: string, after?: string): number {
    const end = prefixEnd(prefix);
    const below = end === undefined ? this.size : this.rank(end);
    return Math.max(0, below - this.rank(rangeStart(prefix, after)));
  }

  /** How many keys are less than `key`. */
  rank(key: string): number {
    let rank = 0;
    let node = this.#root;
    while (node instanceof Branch) {
      const index = childIndex(node.firsts, key);
      for (let i = 0; i < index; i++) rank += countOf(node.children[i] as Node<T>);
      node = node.children[index] as Node<T>;
    }
    return rank + lowerBound(node.items, key);
  }
}

export interface TreeEditor<T extends Keyed> {
  get(key: string): T | undefined;
  /** Inserts or replaces. */
  set(item: T): void;
  /** Returns whether the key was there. */
  delete(key: string): boolean;
}

class Editor<T extends Keyed> implements TreeEditor<T> {
  root: Node<T>;
  readonly #owner = {};
  /** What the last insert split off to the right, and its least key. */
  #split: Node<T> | undefined;
  #splitFirst = "";
  #grew = false;

  constructor(root: Node<T>) {
    this.root = root;
  }

  get(key: string): T | undefined {
    let node = this.root;
    while (node instanceof Branch) node = node.children[childIndex(node.firsts, key)] as Node<T>;
    const item = node.items[lowerBound(node.items, key)];
    return item !== undefined && item.key === key ? item : undefined;
  }

  set(item: T): void {
    this.#grew = false;
    const left = this.#insert(this.root, item);
    const right = this.#split;
    if (right === undefined) {
      this.root = left;
      return;
    }
    this.#split = undefined;
    this.root = new Branch(this.#owner, ["", this.#splitFirst], [left, right], countOf(left) + countOf(right));
  }

  delete(key: string): boolean {
    if (this.get(key) === undefined) return false;
    let root = this.#remove(this.root, key);
    while (root instanceof Branch && root.children.length === 1) root = root.children[0] as Node<T>;
    this.root = root instanceof Branch && root.children.length === 0 ? new Leaf<T>(this.#owner, []) : root;
    return true;
  }

  #insert(node: Node<T>, item: T): Node<T> {
    if (node instanceof Leaf) return this.#insertIntoLeaf(node, item);
    const index = childIndex(node.firsts, item.key);
    const child = this.#insert(node.children[index] as Node<T>, item);
    const branch = this.#ownBranch(node);
    branch.children[index] = child;
    if (this.#grew) branch.count++;
    const right = this.#split;
    if (right === undefined) return branch;
    this.#split = undefined;
    branch.children.splice(index + 1, 0, right);
    branch.firsts.splice(index + 1, 0, this.#splitFirst);
    if (branch.children.length > maxSize) {
      // What grows at its end is likely filled in order: leave the left half full.
      const at = index + 2 === branch.children.length ? branch.children.length - 1 : branch.children.length >>> 1;
      const children = branch.children.splice(at);
      const firsts = branch.firsts.splice(at);
      const count = children.reduce((sum, each) => sum + countOf(each), 0);
      branch.count -= count;
      this.#split = new Branch(this.#owner, firsts, children, count);
      this.#splitFirst = firsts[0] as string;
    }
    return branch;
  }

  #insertIntoLeaf(node: Leaf<T>, item: T): Leaf<T> {
    const index = lowerBound(node.items, item.key);
    const leaf = this.#ownLeaf(node);
    const { items } = leaf;
    if (index < items.length && (items[index] as T).key === item.key) {
      items[index] = item;
      return leaf;
    }
    this.#grew = true;
    items.splice(index, 0, item);
    if (items.length > maxSize) {
      const right = items.splice(index === items.length - 1 ? index : items.length >>> 1);
      this.#split = new Leaf(this.#owner, right);
      this.#splitFirst = (right[0] as T).key;
    }
    return leaf;
  }

  #remove(node: Node<T>, key: string): Node<T> {
    if (node instanceof Leaf) {
      const leaf = this.#ownLeaf(node);
      leaf.items.splice(lowerBound(leaf.items, key), 1);
      return leaf;
    }
    const index = childIndex(node.firsts, key);
    const child = this.#remove(node.children[index] as Node<T>, key);
    const branch = this.#ownBranch(node);
    branch.children[index] = child;
    branch.count--;
    if (sizeOf(child) < minSize) this.#rebalance(branch, index);
    return branch;
  }

  /** Joins a child that became small with its neighbour, or drops it when it is empty. */
  #rebalance(branch: Branch<T>, index: number): void {
    const { children, firsts } = branch;
    if (sizeOf(children[index] as Node<T>) === 0) {
      children.splice(index, 1);
      firsts.splice(index, 1);
      return;
    }
    if (children.length === 1) return;
    const at = index > 0 ? index - 1 : 0;
    const left = children[at] as Node<T>;
    const right = children[at + 1] as Node<T>;
    if (sizeOf(left) + sizeOf(right) > maxSize) return;
    if (left instanceof Leaf && right instanceof Leaf) {
      const joined = this.#ownLeaf(left);
      joined.items.push(...right.items);
      children[at] = joined;
    } else if (left instanceof Branch && right instanceof Branch) {
      const joined = this.#ownBranch(left);
      const boundary = joined.firsts.length;
      joined.children.push(...right.children);
      joined.firsts.push(...right.firsts);
      // The right branch's own first is not kept up to date; its parent's is.
      joined.firsts[boundary] = firsts[at + 1] as string;
      joined.count += right.count;
      children[at] = joined;
    }
    children.splice(at + 1, 1);
    firsts.splice(at + 1, 1);
  }

  #ownLeaf(leaf: Leaf<T>): Leaf<T> {
    return leaf.owner === this.#owner ? leaf : new Leaf(this.#owner, leaf.items.slice());
  }

  #ownBranch(branch: Branch<T>): Branch<T> {
    if (branch.owner === this.#owner) return branch;
    return new Branch(this.#owner, branch.firsts.slice(), branch.children.slice(), branch.count);
  }
}

class RangeIterator<T extends Keyed> implements IterableIterator<T> {
  readonly #prefix: string;
  /** The branches on the way to the leaf, and the index of the child taken in each. */
  readonly #path: Branch<T>[] = [];
  readonly #indices: number[] = [];
  #leaf: Leaf<T> | undefined;
  #items: readonly T[] = [];
  #index = 0;
  /** Where the range ends in `#items`. */
  #end = 0;
  #last = false;

  constructor(root: Node<T>, prefix: string, start: string) {
    this.#prefix = prefix;
    let node = root;
    while (node instanceof Branch) {
      const index = childIndex(node.firsts, start);
      this.#path.push(node);
      this.#indices.push(index);
      node = node.children[index] as Node<T>;
    }
    this.#enter(node, lowerBound(node.items, start));
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    while (this.#index >= this.#end) {
      if (this.#last || !this.#advance()) return { done: true, value: undefined };
    }
    return { done: false, value: this.#items[this.#index++] as T };
  }

  /** Goes to the next leaf of the range, whatever is left of this one. */
  nextLeaf(): boolean {
    return !this.#last && this.#advance();
  }

  /** Adds what the filter matches of this leaf's part of the range. */
  selectInto(found: T[], filter: Filter<T>): void {
    if (this.#index === 0 && this.#end === this.#items.length) {
      for (const item of (this.#leaf as Leaf<T>).select(filter)) found.push(item);
      return;
    }
    for (let i = this.#index; i < this.#end; i++) {
      const item = this.#items[i] as T;
      if (filter.matches(item)) found.push(item);
    }
  }

  #enter(leaf: Leaf<T>, index: number): void {
    const { items } = leaf;
    this.#leaf = leaf;
    const prefix = this.#prefix;
    this.#items = items;
    this.#index = index;
    this.#end = items.length;
    // All keys from the start on that are below the prefix's end share the prefix: one look at the last key tells of the leaf.
    if (items.length > 0 && !(items[items.length - 1] as T).key.startsWith(prefix)) {
      const end = prefixEnd(prefix);
      this.#end = end === undefined ? items.length : lowerBound(items, end);
      // Without an item at or above the prefix's end the range goes on in the next leaf.
      this.#last = this.#end < items.length;
    }
  }

  #advance(): boolean {
    let depth = this.#path.length - 1;
    while (depth >= 0 && (this.#indices[depth] as number) + 1 >= (this.#path[depth] as Branch<T>).children.length) depth--;
    if (depth < 0) return false;
    const index = (this.#indices[depth] as number) + 1;
    this.#indices[depth] = index;
    let node = (this.#path[depth] as Branch<T>).children[index] as Node<T>;
    while (node instanceof Branch) {
      depth++;
      this.#path[depth] = node;
      this.#indices[depth] = 0;
      node = node.children[0] as Node<T>;
    }
    this.#enter(node, 0);
    return true;
  }
}
