import type { Figure } from "./scenario.ts";

/** What is aimed at: a bound of the figure itself, or of how many times the peer's it is. */
interface Budget {
  atMost?: number;
  atLeast?: number;
  timesPeer?: number;
}

const budgets: Record<string, Budget> = {
  ready: { atMost: 500 },
  "first-pod": { atMost: 2000 },
  "memory-idle": { atMost: 120 },
  "memory-idle-node": { atMost: 180 },
  "memory-5000-pods": { atMost: 280 },
  "memory-watch": { atMost: 60 },
  "cpu-idle": { atMost: 1 },
  "cpu-idle-node": { atMost: 1 },
  "disk-writes-idle": { atMost: 0 },
  create: { timesPeer: 3 },
  get: { timesPeer: 3 },
  patch: { timesPeer: 3 },
  delete: { timesPeer: 3 },
  "create-custom": { timesPeer: 3 },
  "get-custom": { timesPeer: 3 },
  "patch-custom": { timesPeer: 3 },
  list: { timesPeer: 6 },
  "list-gzip": { timesPeer: 6 },
  "list-label": { timesPeer: 5 },
  watch: { timesPeer: 4 },
  schedule: { atLeast: 5000 },
  "schedule-affinity-spread": { atLeast: 500 },
  "loop-delay-list": { atMost: 20 },
  start: { atMost: 100 },
  "fork-10000": { atMost: 10 },
  "cron-24h": { atMost: 15 },
};

/** The budget of a measure as text, and whether it is met; nothing where there is none, or no peer to compare with. */
export function judged(name: string, { value }: Figure, ratio: number | undefined): { budget: string; met: boolean } | undefined {
  const { atMost, atLeast, timesPeer } = budgets[name.replace(/-http1$/, "")] ?? {};
  if (atMost !== undefined) return { budget: `at most ${atMost}`, met: value <= atMost };
  if (atLeast !== undefined) return { budget: `at least ${atLeast}`, met: value >= atLeast };
  if (timesPeer !== undefined && ratio !== undefined) return { budget: `at least ${timesPeer} × peer`, met: ratio >= timesPeer };
  return undefined;
}
