import type { Event } from "../api/core/v1.ts";

/** What is done about one event that happened. */
export type Correlated = { event: Event; told: Told } | undefined;

const mostObjects = 4096;
/** Of one reason about one object. */
const mostTold = 64;
/** So many different messages of one reason about one object in this time are told as one event. */
const similarEvents = 10;
const similarSeconds = 600;
/** Events about one object from one source: a burst, then one in five minutes. */
const spamBurst = 25;
const spamRefillSeconds = 300;

/** One event that was written. */
export interface Told {
  /** Of the object that it is about; undefined for the event that stands for similar ones. */
  readonly message: string | undefined;
  readonly fieldPath: string | undefined;
  name: string;
  count: number;
  firstTimestamp: string;
  resourceVersion: string | undefined;
}

/** Events of one type and reason about one object. */
interface Series {
  readonly type: string | undefined;
  readonly reason: string | undefined;
  /** The different ones of late, in their order: one, as a rule. */
  messages: string[];
  at: number;
  /** One, as a rule. Made anew by `concat`, as is the list of series: `push` and spreading leave room for 16 more. */
  told: readonly Told[];
}

interface Subject {
  tokens: number;
  at: number;
  series: readonly Series[];
}

/**
 * client-go's event correlation, for one source: equal events are counted, similar ones combined, and an object that is told of too
 * often is silenced. What was longest not told of is forgotten.
 */
export class EventCorrelator {
  readonly #subjects = new Map<string, Subject>();

  /** The event to write: with a count above 1 it is a patch of the event of that name. Undefined: drop it. */
  correlate(event: Event, now: number): Correlated {
    const subject = this.#subject(event, now);
    const { series, combined } = aggregate(subject, event, now);
    const told = observe(series, combined ?? event, combined !== undefined);
    return isSpam(subject, now) ? undefined : told;
  }

  /** Tells what the server made of it. */
  stored(told: Told, event: Event): void {
    note(told, event);
  }

  #subject({ involvedObject: about }: Event, now: number): Subject {
    const { kind, namespace, name, uid, apiVersion } = about;
    // As one piece: it is kept.
    const key = [uid, kind, namespace, name, apiVersion].join("\0");
    const subject = this.#subjects.get(key) ?? { tokens: spamBurst, at: now, series: [] };
    this.#subjects.delete(key);
    this.#subjects.set(key, subject);
    if (this.#subjects.size > mostObjects) {
      for (const oldest of this.#subjects.keys()) {
        this.#subjects.delete(oldest);
        break;
      }
    }
    return subject;
  }
}

function aggregate(subject: Subject, event: Event, now: number): { series: Series; combined?: Event } {
  const { type, reason, message = "" } = event;
  let series = subject.series.find((each) => each.type === type && each.reason === reason);
  if (!series) {
    series = { type, reason, messages: [message], at: now, told: [] };
    subject.series = subject.series.concat(series);
  } else if (now - series.at > similarSeconds * 1000) series.messages = [message];
  series.at = now;
  if (!series.messages.includes(message)) series.messages.push(message);
  if (series.messages.length < similarEvents) return { series };
  series.messages.shift();
  return { series, combined: { ...event, message: `(combined from similar events): ${message}` } };
}

function observe(series: Series, event: Event, isCombined: boolean): { event: Event; told: Told } {
  const message = isCombined ? undefined : event.message;
  const fieldPath = isCombined ? undefined : event.involvedObject.fieldPath;
  const known = series.told.find((each) => each.message === message && each.fieldPath === fieldPath);
  if (!known) {
    const told: Told = { message, fieldPath, name: "", count: 1, firstTimestamp: "", resourceVersion: undefined };
    note(told, event);
    series.told = series.told.slice(1 - mostTold).concat(told);
    return { event, told };
  }
  const { name, firstTimestamp, resourceVersion } = known;
  const metadata = { ...event.metadata, name, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  const result: Event = { ...event, metadata, firstTimestamp, count: known.count + 1 };
  note(known, result);
  return { event: result, told: known };
}

function note(told: Told, event: Event): void {
  told.name = event.metadata.name ?? "";
  told.count = event.count ?? 1;
  told.firstTimestamp = event.firstTimestamp ?? "";
  told.resourceVersion = event.metadata.resourceVersion;
}

function isSpam(subject: Subject, now: number): boolean {
  subject.tokens = Math.min(spamBurst, subject.tokens + (now - subject.at) / 1000 / spamRefillSeconds);
  subject.at = now;
  if (subject.tokens < 1) return true;
  subject.tokens -= 1;
  return false;
}
