/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  readonly text: string;
}

/** Returns the instructions of a Dockerfile without heredocs, in order. */
export function parseDockerfile(source: string): Instruction[] {
  return source
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((row) => row.trim())
    .filter((row) => row !== "")
    .map((row) => {
      const [, keyword = "", text = ""] = /^(\S+)\s+(.*)$/.exec(row) ?? [];
      return { keyword: keyword.toUpperCase(), text };
    });
}
