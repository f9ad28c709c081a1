const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Returns the distance of a time from `now` in its largest unit, such as `3 min ago` or `in 5 s`. */
export function distanceText(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < SECOND) return "now";
  const [size, name] =
    distance < MINUTE
      ? [SECOND, "s"]
      : distance < HOUR
        ? [MINUTE, "min"]
        : distance < 2 * DAY
          ? [HOUR, "h"]
          : [DAY, "d"];
  const text = `${Math.floor(distance / size)} ${name}`;
  return at > now ? `in ${text}` : `${text} ago`;
}
