/** Replaces the text between two markers, which stay in place. Throws if they are missing. */
export function replaceBetween(text: string, begin: string, end: string, replacement: string): string {
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (from < begin.length || to < from) throw new Error(`expected the markers ${begin} … ${end}, got none`);
  return text.slice(0, from) + replacement + text.slice(to);
}
