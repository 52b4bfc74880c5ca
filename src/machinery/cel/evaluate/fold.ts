import { runtimeType } from "../values/types-of.ts";
import { ArrayList, EntriesMap, Failure, ListValue, MapValue, type PlainKey, plainKey, type Value } from "../values/value.ts";
import type { Step } from "./frame.ts";

interface Fold {
  /** The accumulator's; the variables' follow. */
  slot: number;
  range: Step;
  condition: Step;
  step: Step;
  result: Step;
  twoVariables: boolean;
  /** Whether the accumulator starts as an empty list or map, which is then filled in place. */
  fills: "list" | "map" | undefined;
}

/** A list that grows in place while a fold fills it. */
class GrowingList extends ListValue {
  readonly items: Value[] = [];
  get size(): number {
    return this.items.length;
  }
  at(index: number): Value {
    return this.items[index] as Value;
  }
  plus(other: ListValue): ListValue {
    for (const one of other) this.items.push(one);
    return this;
  }
}

/** The same for maps. */
class GrowingMap extends EntriesMap {
  private readonly growing: Map<PlainKey, { key: Value; value: Value }>;
  constructor() {
    const growing = new Map<PlainKey, { key: Value; value: Value }>();
    super(growing);
    this.growing = growing;
  }
  override with(key: Value, value: Value): EntriesMap {
    this.growing.set(plainKey(key), { key, value });
    return this;
  }
  settled(): EntriesMap {
    return new EntriesMap(this.growing);
  }
}

export function planFold({ slot, range, condition, step, result, twoVariables, fills }: Fold): Step {
  return (frame) => {
    const values = range(frame);
    if (values instanceof Failure) return values;
    const before = frame.slots.slice(slot, slot + 3);
    frame.slots[slot] = fills && (fills === "list" ? new GrowingList() : new GrowingMap());
    const turn = (first: Value, second: Value | undefined): boolean => {
      frame.slots[slot + 1] = first;
      frame.slots[slot + 2] = second;
      const goesOn = condition(frame);
      if (typeof goesOn === "boolean" && !goesOn) return false;
      frame.slots[slot] = step(frame);
      return true;
    };
    const failure = iterate(values, twoVariables, turn);
    const folded = failure ?? settled(result(frame));
    for (const [index, value] of before.entries()) frame.slots[slot + index] = value;
    return folded;
  };
}

function iterate(values: Value, twoVariables: boolean, turn: (first: Value, second: Value | undefined) => boolean): Failure | undefined {
  if (values instanceof ListValue) {
    for (let index = 0; index < values.size; index++) {
      if (!(twoVariables ? turn(BigInt(index), values.at(index)) : turn(values.at(index), undefined))) break;
    }
    return undefined;
  }
  if (values instanceof MapValue) {
    for (const key of values.keys()) if (!turn(key, twoVariables ? values.find(key) : undefined)) break;
    return undefined;
  }
  const shown = goTypes[runtimeType(values).name] ?? runtimeType(values).name;
  if (twoVariables) return new Failure(`unsupported comprehension range type: ${shown}`);
  return new Failure(`got '${shown}', expected iterable type`);
}

/** How messages name types that can't be gone through. */
const goTypes: Readonly<Record<string, string>> = {
  bool: "types.Bool",
  bytes: "types.Bytes",
  double: "types.Double",
  int: "types.Int",
  null_type: "types.Null",
  string: "types.String",
  uint: "types.Uint",
  "google.protobuf.Duration": "types.Duration",
  "google.protobuf.Timestamp": "types.Timestamp",
  optional_type: "*types.Optional",
  type: "*types.Type",
};

function settled(value: Value): Value {
  if (value instanceof GrowingMap) return value.settled();
  return value instanceof GrowingList ? new ArrayList(value.items) : value;
}
