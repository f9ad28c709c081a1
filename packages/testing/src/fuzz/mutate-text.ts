import { rangeOf } from "./mutate-bytes.ts";
import type { SeededRandom } from "../random.ts";

const NUMBERS = [
  ..."0 1 -1 63 64 65 255 256 257 2147483647 2147483648 -2147483648 -2147483649".split(" "),
  ..."4294967295 4294967296 9007199254740993 1e309 -0 007 1.5 99999999999999999999999".split(" "),
];

type Change = (text: string, other: string, random: SeededRandom) => string;

/** Returns the mutations of a text that consists of lines of words; `dictionary` holds words that the reader knows. */
function changesOf(dictionary: readonly string[]): readonly Change[] {
  const linesOf = (text: string): string[] => text.split("\n");
  const wordAt = (text: string, random: SeededRandom, replace: (word: string) => string): string => {
    const words = [...text.matchAll(/[^\s"{}:,]+/g)];
    if (words.length === 0) return text;
    const { 0: word, index } = random.pick(words);
    return text.slice(0, index) + replace(word) + text.slice(index + word.length);
  };
  return [
    (text, _, random) => wordAt(text, random, () => random.pick(NUMBERS)),
    (text, _, random) => wordAt(text, random, () => random.pick(dictionary)),
    (text, other, random) => wordAt(text, random, () => random.pick(other.split(/\s+/))),
    (text, _, random) => wordAt(text, random, (word) => word.repeat(1 + random.below(3))),
    (text, _, random) => {
      const at = random.below(text.length + 1);
      return `${text.slice(0, at)}${random.pick(dictionary)}${random.pick([" ", "", "\n"])}${text.slice(at)}`;
    },
    (text, other, random) => {
      const lines = linesOf(text);
      lines.splice(random.below(lines.length + 1), random.below(2), random.pick(linesOf(other)));
      return lines.join("\n");
    },
    (text, _, random) => {
      const lines = linesOf(text);
      lines.splice(random.below(lines.length), 1 + random.below(3));
      return lines.join("\n");
    },
    (text, _, random) => {
      const lines = linesOf(text);
      const [moved = ""] = lines.splice(random.below(lines.length), 1);
      lines.splice(random.below(lines.length + 1), 0, moved, ...(random.oneIn(2) ? [moved] : []));
      return lines.join("\n");
    },
    (text, other, random) => {
      const [from, to] = rangeOf(text, random);
      return text.slice(0, from) + other.slice(...rangeOf(other, random)) + text.slice(to);
    },
    (text, _, random) => {
      const [from, to] = rangeOf(text, random);
      return text.slice(0, from) + text.slice(to);
    },
  ];
}

/** Returns a function that makes another text of two, by one to six mutations, and cuts it to `maxLength`. */
export function textMutator(dictionary: readonly string[], maxLength: number): Change {
  const changes = changesOf(dictionary);
  return (text, other, random) => {
    let changed = text;
    for (let i = 1 + random.below(6); i > 0; i--) changed = random.pick(changes)(changed, other, random);
    return changed.slice(0, maxLength);
  };
}
