import { judged } from "./budgets.ts";
import { type Figure, round } from "./scenario.ts";

/** What is printed of a measure, beside the peer's figure where there is one. */
export function printed(name: string, figure: Figure, theirs: Figure | undefined): Record<string, unknown> {
  const ratio = theirs && theirs.value > 0 ? figure.value / theirs.value : undefined;
  // On a machine that others use too, the processor time of a request says more than how many there were.
  const cost = (of: Figure | undefined) => of?.detail?.serverMicrosecondsEach as number | undefined;
  const [ourCost, theirCost] = [cost(figure), cost(theirs)];
  return {
    name,
    value: round(figure.value),
    unit: figure.unit,
    ...(theirs ? { peer: round(theirs.value) } : {}),
    ...(ratio === undefined ? {} : { ratio: round(ratio) }),
    ...(ourCost && theirCost ? { costRatio: round(theirCost / ourCost) } : {}),
    ...judged(name, figure, ratio),
    ...figure.detail,
    ...(theirs?.detail ? { peerDetail: theirs.detail } : {}),
  };
}
