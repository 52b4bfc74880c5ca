/** An element of a heap knows its place in it, so that it can be taken out from the middle. */
export interface HeapElement {
  /** -1 while it is in no heap. Written by the heap. */
  heapIndex: number;
}

/** A binary heap: the first element by `before` is at hand. An element is in one heap at a time. */
export class Heap<T extends HeapElement> {
  readonly #elements: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#elements.length;
  }

  peek(): T | undefined {
    return this.#elements[0];
  }

  push(element: T): void {
    this.#elements.push(element);
    this.#rise(element, this.#elements.length - 1);
  }

  pop(): T | undefined {
    const first = this.#elements[0];
    if (first) this.remove(first);
    return first;
  }

  /** The element must be in this heap. */
  remove(element: T): void {
    const index = element.heapIndex;
    const last = this.#elements.pop() as T;
    element.heapIndex = -1;
    if (last === element) return;
    this.#sink(last, index);
    if (last.heapIndex === index) this.#rise(last, index);
  }

  /** To be called when what decides the element's order has changed. */
  moved(element: T): void {
    const index = element.heapIndex;
    this.#sink(element, index);
    if (element.heapIndex === index) this.#rise(element, index);
  }

  #rise(element: T, start: number): void {
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#elements[parentIndex] as T;
      if (!this.#before(element, parent)) break;
      this.#set(parent, index);
      index = parentIndex;
    }
    this.#set(element, index);
  }

  #sink(element: T, start: number): void {
    const elements = this.#elements;
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= elements.length) break;
      let child = elements[childIndex] as T;
      const right = elements[childIndex + 1];
      if (right !== undefined && this.#before(right, child)) {
        child = right;
        childIndex++;
      }
      if (!this.#before(child, element)) break;
      this.#set(child, index);
      index = childIndex;
    }
    this.#set(element, index);
  }

  #set(element: T, index: number): void {
    this.#elements[index] = element;
    element.heapIndex = index;
  }
}
