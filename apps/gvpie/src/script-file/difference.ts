import type { NewScript, Script, ScriptEdit, ScriptSummary } from "@gvpie/daemon/store";
import { changesOf, describeChange, optionFacts } from "../commands/script-changes.ts";
import { joined, line, type TerminalText } from "../terminal-text.ts";
import type { WantedScript } from "./read.ts";

/** The edits that bring a store to the state that a file asks for. */
export interface Difference {
  readonly edits: readonly ScriptEdit[];
  /** One line for each script that changes. */
  readonly lines: readonly TerminalText[];
  /** Scripts that are added or get other code or options, to be checked. */
  readonly touched: readonly WantedScript[];
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Scripts of the store that the file does not name and that stay. */
  readonly others: number;
}

/** The present scripts of a store. */
export interface Present {
  readonly summaries: readonly ScriptSummary[];
  getScript(name: string): Promise<Script>;
}

/** @param prune remove the scripts that the file does not name, unless loops refuse them. */
export async function differenceOf(
  wanted: readonly WantedScript[],
  { summaries, getScript }: Present,
  prune: boolean,
): Promise<Difference> {
  const present = new Map(summaries.map((summary) => [summary.name, summary]));
  const edits: ScriptEdit[] = [];
  const lines: TerminalText[] = [];
  const touched: WantedScript[] = [];
  let [added, changed, removed] = [0, 0, 0];

  const names = new Set(wanted.map(({ name }) => name));
  const unnamed = summaries.filter(({ name }) => !names.has(name));
  const dropped = prune ? unnamed.filter(({ refused }) => refused === undefined) : [];
  for (const { name, runCount } of dropped) {
    edits.push({ type: "remove", name });
    lines.push(line`- ${name}: with the records of its runs, ${runCount} so far`);
    removed++;
  }
  for (const script of wanted) {
    const summary = present.get(script.name);
    if (summary === undefined) {
      edits.push({ type: "add", script: toNewScript(script) }, ...pauseOf(script, false));
      lines.push(await describeAdded(script));
      touched.push(script);
      added++;
      continue;
    }
    const before = await getScript(script.name);
    const found = await editOf(before, script);
    if (found.edits.length === 0) continue;
    edits.push(...found.edits);
    lines.push(found.line);
    if (found.isTouched) touched.push(script);
    changed++;
  }
  return {
    edits,
    lines,
    touched,
    added,
    changed,
    removed,
    unchanged: wanted.length - added - changed,
    others: unnamed.length - removed,
  };
}

function toNewScript({ name, lang, code, enabled, options }: WantedScript): NewScript {
  return { name, lang, code, enabled, options };
}

function pauseOf({ name, paused }: WantedScript, isPaused: boolean): ScriptEdit[] {
  if (paused === undefined || paused === isPaused) return [];
  return [{ type: paused ? "pause" : "resume", name }];
}

async function describeAdded({
  name,
  lang,
  code,
  enabled,
  paused,
  options,
}: WantedScript): Promise<TerminalText> {
  const facts = [...(await optionFacts(options))].map(([what, value]) => line`${what} ${value}`);
  const states = [...(enabled ? [] : ["disabled"]), ...(paused === true ? ["paused"] : [])];
  return line`+ ${name}: ${joined([lang, `${Buffer.byteLength(code)} bytes`, ...states, ...facts], ", ")}`;
}

async function editOf(
  before: Script,
  wanted: WantedScript,
): Promise<{ edits: ScriptEdit[]; line: TerminalText; isTouched: boolean }> {
  const { name, lang, code, enabled, options } = wanted;
  // A script that loops refuse is enabled; the reason lies elsewhere.
  const was = { ...before, enabled: before.enabled || before.refused !== undefined };
  const changes = await changesOf(was, { lang, code, enabled, options });
  const pauses = pauseOf(wanted, before.pausedAt !== undefined);
  const named = new Set(changes.map(([what]) => what));
  const optionNames = [...named].filter((what) => !["language", "code", "state"].includes(what));
  const edits: ScriptEdit[] = [...pauses];
  if (changes.length > 0) {
    edits.unshift({
      type: "update",
      name,
      changes: {
        ...(named.has("language") && { lang }),
        ...(named.has("code") && { code }),
        ...(named.has("state") && { enabled }),
        ...(optionNames.length > 0 && { options }),
      },
    });
  }
  const texts = [
    ...changes.map(describeChange),
    ...pauses.map(({ type }) => (type === "pause" ? "paused" : "resumed")),
  ];
  return {
    edits,
    line: line`~ ${name}: ${joined(texts, "; ")}`,
    isTouched: changes.length > 0,
  };
}
