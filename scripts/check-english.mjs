// `node scripts/check-english.mjs [PATH…]`: lists wording that CONTRIBUTING rules out, in comments, strings and Markdown.
// Exits with 1 if there is any.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { root } from "./setup.mjs";

/** Opening words of a comment, a heading or a table's first column name. */
const OPENING = /^(?:What|Whether|Where|How|Who|Whose|Why)\b/i;

const PHRASES = [
  /\b(?:nobody|somebody|anybody|whoever|whatever|whichever|those (?:that|who|whose))\b/,
  /\bcomes? to nothing\b|\b(?:is|are) all (?:that|there)\b|\bno more than what\b/,
  /\b(?:is|are) no (?:more than|news|use|matter of)\b|\bof no use\b|\b(?:for|in) want of\b|\bso-manieth\b/,
  /\b(?:that|this|it|which|what) (?:is|was) no (?!longer\b|more\b|\w+er\b)\w+/,
  /@(?:returns|param \w+|throws \{\w+\}) (?:what|whether|where|how|who|why)\b/,
].map((phrase) => new RegExp(phrase.source.replaceAll(" ", "[\\s*/#]+"), "gi"));

/** True exceptions: the file, and the words that it may contain. */
const ALLOWED = [];

// Strings are matched so that a comment sign inside one is not taken for a comment, and checked for phrases.
const SCRIPT =
  /(?<comment>\/\*[^]*?\*\/|(?:\/\/.*(?:\n[ \t]*(?=\/\/))?)+)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`/g;
const PYTHON = /(?<comment>"""[^]*?"""|(?:#.*(?:\n[ \t]*(?=#))?)+)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
const MARKDOWN = /```[^]*?```|(?<comment>^(?:#+|\|) .*)|[^\n]+/gm;
const SYNTAX = { md: MARKDOWN, py: PYTHON, ts: SCRIPT, js: SCRIPT, mjs: SCRIPT, cjs: SCRIPT };

function* findings(path) {
  const text = readFileSync(path, "utf8");
  const syntax = SYNTAX[path.split(".").at(-1)];
  for (const { 0: part, index, groups } of text.matchAll(syntax)) {
    if (part.startsWith("```")) continue;
    const isLiteral = syntax !== MARKDOWN && !groups.comment;
    const prose = isLiteral ? part : part.replace(/`[^`\n]+`/g, (code) => "·".repeat(code.length));
    const opening = groups.comment && prose.replace(/^[/*#|"\s]+/, "").match(OPENING);
    const phrases = PHRASES.flatMap((phrase) => [...prose.matchAll(phrase)]);
    for (const found of opening ? [{ 0: `${opening[0]} …`, index: 0 }, ...phrases] : phrases) {
      const line = text.slice(0, index + found.index).split("\n").length;
      const isAllowed = ALLOWED.some(([file, words]) => path === file && found[0].startsWith(words));
      if (!isAllowed) yield `${path}:${line}: ${found[0].replaceAll(/\s+[*/#]*\s*/g, " ")}`;
    }
  }
}

process.chdir(root);
const tracked = execFileSync("git", ["ls-files", "-z", "--", ...process.argv.slice(2)], { encoding: "utf8" });
const files = tracked.split("\0").filter((name) => /\.(?:md|py|[cm]?js|ts)$/.test(name) && existsSync(name));
const found = files.flatMap((file) => [...findings(file)]);
for (const line of found) console.log(line);
console.log(`${found.length} phrase(s) to reword in ${files.length} files`);
if (found.length > 0) process.exitCode = 1;
