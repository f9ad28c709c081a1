// A limit in words.
import { LIMITS } from "@gvpie/capability";

const TIMES = new Set(["notBefore", "expires"]);

/** True for a limit whose number is a time in seconds since 1970. */
export const isTime = (name) => TIMES.has(name);

/** Returns the name of a limit as words: "painted pixels". */
export const nameInWords = (name) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Returns a long hash shortened. */
export const shorten = (entry) => (entry.length > 24 ? `${entry.slice(0, 10)}…` : entry);

/** Returns a value in words. */
export function valueInWords(name, value) {
  if (value === undefined) return "no limit";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(shorten).join(", ");
  if (typeof value === "string") return value;
  if (isTime(name)) return timeInWords(value);
  return `${value.toLocaleString("en")} ${LIMITS[name].unit}`;
}

function timeInWords(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? String(seconds)
    : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
