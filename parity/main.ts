/**
 * Compares kybern's API server with kube-apiserver: `npm run parity -- [AREA…] [-v] [--only TEXT]` replays the corpus and compares
 * with the stored answers; `--record --server URL --token TOKEN` asks the reference (kube-apiserver without controllers) first and
 * stores what it answered. `--fuzz --server URL --seed N --count N` asks both servers objects that are damaged at random, and
 * the same as updates, patches and statuses; `--singles` damages one field in each; `--only KIND` takes some kinds. `--grow` asks the
 * reference for objects with as many fields as it takes and stores them in `grown-bases.jsonl`. `--fuzz-custom` asks both servers
 * random objects of custom kinds with random schemas. `--stories` tells both servers random stories of many requests, `--count` of
 * them, and prints those on which they disagree, shortened; `--seed N --count 1` tells story N again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AccessWorld } from "./access-world.ts";
import {
  type Answers,
  type AreaResult,
  areaNames,
  compareArea,
  failuresOf,
  flagsOf,
  needsAccessWorld,
  placeOf,
  readAnswers,
  readOpen,
  replay,
  sequencesOf,
  writeAnswers,
  writeOpen,
} from "./areas.ts";
import { customFuzz } from "./custom-fuzz.ts";
import { printed } from "./differences.ts";
import { fuzz } from "./fuzz.ts";
import { grow } from "./grow.ts";
import { startKybern } from "./kybern.ts";
import { startReference } from "./reference.ts";
import { targetAt } from "./run.ts";
import { stories } from "./stories/tell.ts";
import { WebhookServer } from "./webhook-server.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    record: { type: "boolean", default: false },
    server: { type: "string", default: "https://127.0.0.1:6443" },
    token: { type: "string", default: "admintoken" },
    /** Where kube-apiserver and etcd are, for areas that are asked of servers with issuers, webhooks and certificates. */
    "peer-binaries": { type: "string", default: "" },
    /** Ask both servers randomly damaged objects instead of the corpus. */
    fuzz: { type: "boolean", default: false },
    /** With `--fuzz`: one field is damaged in each case. */
    singles: { type: "boolean", default: false },
    /** Find the bases of `--fuzz` that have as many fields as the server takes. */
    grow: { type: "boolean", default: false },
    /** Ask both servers random objects of random custom kinds. */
    "fuzz-custom": { type: "boolean", default: false },
    /** Tell both servers random stories. */
    stories: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    count: { type: "string", default: "2000" },
    /** Only sequences whose name has this text. */
    only: { type: "string", default: "" },
    /** Note what differs now in open.json: what is to be mended, and no reason for the tests to fail. */
    "keep-open": { type: "boolean", default: false },
    /** Differences on purpose too. */
    verbose: { type: "boolean", short: "v", default: false },
  },
});

/** Configurations reach upstream's admission through a watch, and it looks at policies once a second. */
const settleMilliseconds = 2200;
const scratch = mkdtempSync(join(tmpdir(), "kybern-parity-"));
const webhooks = await WebhookServer.started(scratch);
const finish = async (failed: boolean) => {
  await webhooks.close();
  rmSync(scratch, { recursive: true, force: true });
  process.exit(failed ? 1 : 0);
};

if (options["fuzz-custom"]) {
  const theirs = targetAt(options.server, options.token, webhooks);
  const ours = await startKybern(webhooks);
  const disagreements = await customFuzz(theirs, ours, { seed: Number(options.seed), count: Number(options.count) });
  console.log(`${disagreements} of ${options.count} disagree, seed ${options.seed}`);
  theirs.http.close();
  await ours.stop();
  await finish(disagreements > 0);
}

if (options.stories) {
  const theirs = targetAt(options.server, options.token, webhooks, settleMilliseconds);
  const ours = await startKybern(webhooks);
  const disagreements = await stories(theirs, ours, { seed: Number(options.seed), count: Number(options.count) });
  theirs.http.close();
  await ours.stop();
  await finish(disagreements > 0);
}

if (options.grow) {
  const theirs = targetAt(options.server, options.token, webhooks);
  await grow(theirs, Number(options.seed), options.only);
  theirs.http.close();
  await finish(false);
}

if (options.fuzz) {
  const theirs = targetAt(options.server, options.token, webhooks);
  const ours = await startKybern(webhooks);
  const settings = {
    seed: Number(options.seed),
    count: Number(options.count),
    only: options.only,
    shown: options.verbose ? 1000 : 3,
    singles: options.singles,
  };
  const disagreements = await fuzz(theirs, ours, settings);
  theirs.http.close();
  await ours.stop();
  await finish(disagreements > 0);
}

const areas = positionals.length > 0 ? positionals : areaNames();
const unknown = areas.filter((area) => !areaNames().includes(area));
if (unknown.length > 0) {
  console.error(`no area ${unknown.join(", ")}; there are ${areaNames().join(", ")}`);
  process.exit(2);
}

const worldAreas = new Set<string>();
for (const area of areas) if (await needsAccessWorld(area)) worldAreas.add(area);
if (options.record && worldAreas.size > 0 && options["peer-binaries"] === "") {
  console.error(`to record ${[...worldAreas].join(", ")}, name the directory of kube-apiserver and etcd with --peer-binaries`);
  process.exit(2);
}
const world = worldAreas.size > 0 ? await AccessWorld.started(scratch) : undefined;
const peer = options.record && world ? await startReference(options["peer-binaries"], join(scratch, "reference"), world.flags) : undefined;
const peerTarget = peer && targetAt(peer.url, peer.token, webhooks, settleMilliseconds, world);
const kybernInWorld = world && (await startKybern(webhooks, 0, { world }));
for (const area of areas) {
  if (options.record && areas.length > 1 && (await flagsOf(area))) {
    console.error(`${area} is recorded alone, from a server with the flags that it names`);
    process.exit(2);
  }
}
const reference = options.record ? targetAt(options.server, options.token, webhooks, settleMilliseconds) : undefined;
const kybern = await startKybern(webhooks);
let failed = false;
let requests = 0;
let agreeing = 0;
for (const area of areas) {
  const all = await sequencesOf(area);
  const sequences = all.filter(({ name }) => name.includes(options.only));
  const theirs = worldAreas.has(area) ? peerTarget : reference;
  const ours = (worldAreas.has(area) ? kybernInWorld : undefined) ?? kybern;
  if (theirs) {
    const asked = await replay(theirs, sequences);
    const failures = failuresOf(asked);
    if (failures.length > 0) {
      console.error(`${area} is not recorded:\n${failures.join("\n")}`);
      await finish(true);
    }
    const recorded: Answers = { ...readAnswers(area), ...asked };
    writeAnswers(area, Object.fromEntries(all.flatMap(({ name }) => (recorded[name] ? [[name, recorded[name]]] : []))));
  }
  const ownFlags = await flagsOf(area);
  const server = ownFlags ? await startKybern(webhooks, 0, { flags: ownFlags }) : ours;
  const result = compareArea(area, readAnswers(area), await replay(server, sequences));
  if (server !== ours) await server.stop();
  requests += result.requests;
  agreeing += result.agreeing;
  if (result.differences.some(({ reason }) => reason === undefined)) failed = true;
  if (options["keep-open"] && options.only === "") {
    const places = result.differences.filter(({ reason }) => reason === undefined).map(placeOf);
    writeOpen({ ...readOpen(), [area]: [...new Set(places)] });
  }
  print(result);
}
if (areas.length > 1) console.log(`${"all".padEnd(24)}${agreeing}/${requests} agree`);
reference?.http.close();
await kybern.stop();
peerTarget?.http.close();
await kybernInWorld?.stop();
await peer?.stop();
await world?.close();
await finish(failed);

function print({ area, requests, agreeing, onPurpose, differences }: AreaResult): void {
  console.log(`${area.padEnd(24)}${agreeing}/${requests} agree${onPurpose > 0 ? `, ${onPurpose} differ on purpose` : ""}`);
  let last = "";
  for (const difference of differences) {
    if (difference.reason !== undefined && !options.verbose) continue;
    const place = `  ${difference.sequence} [${difference.step}] ${difference.ask}`;
    if (place !== last) console.log(place);
    last = place;
    console.log(`    ${difference.reason === undefined ? "" : `(on purpose: ${difference.reason}) `}${printed(difference)}`);
  }
}
