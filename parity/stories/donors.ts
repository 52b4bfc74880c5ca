import { type Base, bases } from "../bases.ts";
import { grownBases } from "../grown-bases.ts";
import { policyBases } from "../policy-bases.ts";
import { richBases, richClusterBases } from "../rich-bases.ts";
import { singleDamage } from "../single-damage.ts";
import type { Dice } from "./dice.ts";

/** Fuller objects of each kind, by version and kind: stories take values from them, also of fields that nobody thought of. */
const donors = Map.groupBy([...bases, ...richBases, ...richClusterBases, ...policyBases, ...grownBases()], keyOf);
/** It would be the class of all pods, those of other stories too. */
const sharedField = "globalDefault";
const damageAttempts = 30;

function keyOf({ object: { apiVersion, kind } }: Pick<Base, "object">): string {
  return `${apiVersion} ${kind}`;
}

/** What a fuller object of the kind says besides its name, if there is one. */
export function donatedObject(kind: Pick<Base, "object">, { pick }: Dice): object | undefined {
  const found = donors.get(keyOf(kind));
  return found && rest(pick(found));
}

/** A merge patch that brings a part of a fuller object, as it is or with one field damaged; of its status, or of all else. */
export function donatedChange(kind: Pick<Base, "object">, dice: Dice, ofStatus = false): object | undefined {
  const { pick, chance, random } = dice;
  const found = donors.get(keyOf(kind))?.filter(({ status }) => !ofStatus || status !== undefined) ?? [];
  if (found.length === 0) return undefined;
  const donor = pick(found);
  if (chance(0.6)) return partOf(ofStatus ? { status: donor.status } : rest(donor), dice);
  for (let attempt = 0; attempt < damageAttempts; attempt++) {
    const { method, body, subresource } = singleDamage(donor, pick, random);
    if (method !== "PATCH" || (subresource !== undefined) !== ofStatus) continue;
    const change = body as object;
    if (!(sharedField in change)) return change;
  }
  return undefined;
}

function rest({ object }: Base): object {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...others } = structuredClone(object);
  return others;
}

/** One field of a tree, however deep, with those above it. */
function partOf(tree: object, dice: Dice): object {
  const entries = Object.entries(tree);
  if (entries.length === 0) return tree;
  const [key, value] = dice.pick(entries);
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  return { [key]: isMap && dice.chance(0.7) ? partOf(value, dice) : value };
}
