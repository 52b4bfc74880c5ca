/** Names without a slash. `Intl` knows more, of Java's. */
const plainNames = new Set(
  (
    "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan " +
    "Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu"
  ).split(" "),
);
const areas = /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US)\//;

/** Whether the name is one of a time zone, its case included: `Intl` takes any case, and offsets too. */
export function isTimeZone(name: string): boolean {
  if (!name.includes("/")) return plainNames.has(name);
  if (!areas.test(name)) return false;
  let canonical: string;
  try {
    canonical = new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return false;
  }
  if (canonical.toLowerCase() === name.toLowerCase()) return canonical === name;
  // An older name of that zone: nothing tells its case, but none has a part in small letters or a long one in capitals.
  return name.split("/").every((part) => /^[A-Z]/.test(part) && !/^[A-Z_]{4,}$/.test(part));
}
