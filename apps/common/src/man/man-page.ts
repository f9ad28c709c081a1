/** The content of a manual page. */
export interface ManPage {
  /** As in `gvpie-render`. */
  readonly name: string;
  readonly section: 1 | 8;
  readonly summary: string;
  readonly synopsis: string;
  /** Paragraphs and tables; a line that begins with two blanks keeps its form. */
  readonly description: string;
  readonly options: readonly (readonly [flags: string, text: string])[];
  readonly commands?: readonly (readonly [command: string, text: string])[] | undefined;
  readonly examples?: readonly (readonly [command: string, text: string])[] | undefined;
  readonly exitCodes: readonly (readonly [code: string, text: string])[];
  /** As in `gvpie(1)`. */
  readonly seeAlso: readonly string[];
  readonly version: string;
}

/** Returns the page in the language of man(7). */
export function formatManPage(page: ManPage): string {
  const { name, section, summary, synopsis, description, options, commands, examples, exitCodes } = page;
  const lines = [
    `.TH ${quoted(name.toUpperCase())} ${section} "" ${quoted(`gvpie ${page.version}`)} "GVPIE"`,
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(summary)}`,
    ".SH SYNOPSIS",
    escaped(synopsis),
    ...(description === "" ? [] : [".SH DESCRIPTION", ...paragraphs(description)]),
    ...listed("COMMANDS", commands),
    ...listed("OPTIONS", options),
    ...listed("EXIT STATUS", exitCodes),
    ...listed("EXAMPLES", examples),
    ".SH SEE ALSO",
    page.seeAlso.map(escaped).join(",\n"),
  ];
  return `${lines.join("\n")}\n`;
}

function listed(title: string, rows: readonly (readonly [string, string])[] = []): string[] {
  if (rows.length === 0) return [];
  return [
    `.SH ${title}`,
    ...rows.flatMap(([head, text]) => [".TP", `.B ${quoted(head)}`, escaped(text || " ").trimEnd() || "\\&"]),
  ];
}

/** Lines that begin with blanks are printed as they are; the others are joined into paragraphs. */
function paragraphs(text: string): string[] {
  const lines: string[] = [];
  let isKept = false;
  for (const line of text.split("\n")) {
    const keep = line.startsWith("  ");
    if (line === "" || keep !== isKept) {
      if (isKept) lines.push(".fi");
      if (lines.at(-1) !== ".PP" && lines.length > 0) lines.push(".PP");
      if (keep) lines.push(".nf");
    }
    isKept = keep;
    if (line !== "") lines.push(escaped(line));
  }
  if (isKept) lines.push(".fi");
  while (lines.at(-1) === ".PP") lines.pop();
  return lines;
}

/** Escapes what has a meaning in roff. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/, "\\&");
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '""')}"`;
}
