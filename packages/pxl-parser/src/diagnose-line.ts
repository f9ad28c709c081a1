import { countCodePoints, isBlank, isPair, isSurrogate, skipBlanks, trimBlanks } from "./characters.ts";
import type { Description, DiagnosticList } from "./diagnostic-list.ts";
import { describeForbidden, isForbidden } from "./forbidden.ts";
import { correctLine, trailingComment } from "./foreign.ts";
import type { Finding, Hint, Line } from "./line-cursor.ts";

/** Reports the faults of a line and its forbidden characters, in source order. The line includes the blanks at its end. */
export function diagnoseLine(line: Line, findings: readonly Finding[], diagnostics: DiagnosticList): void {
  const { source, start, end } = line;
  const content = { ...line, end: trimBlanks(source, start, end) };
  let describe: ReturnType<typeof createDescriber> | undefined;
  let reported = 0;
  let column = 1;
  for (let index = start; index <= end; column++) {
    for (; reported < findings.length; reported++) {
      const finding = findings[reported];
      if (finding === undefined || finding.start > index) break;
      const length = countCodePoints(source, finding.start, finding.end);
      const at = column;
      diagnostics.add(finding.code, { line: line.line, column, length }, () =>
        (describe ??= createDescriber(content))(finding, at),
      );
    }
    if (index < end && isForbidden(source, index)) {
      const codeUnit = source.charCodeAt(index);
      const code = isSurrogate(codeUnit) ? "PXL_LONE_SURROGATE" : "PXL_CONTROL_CHARACTER";
      diagnostics.add(code, { line: line.line, column, length: 1 }, () => describeForbidden(codeUnit));
    }
    index += isPair(source, index) ? 2 : 1;
  }
}

/**
 * Returns a function that completes the messages of a line's findings with their hints. Call it in source order, with the
 * column of the finding.
 */
function createDescriber({ source, line, start: lineStart, end: lineEnd }: Line) {
  const first = Math.min(skipBlanks(source, lineStart), lineEnd);
  const content = source.slice(first, lineEnd);
  /** True once an error has been explained by the whole line: the others have the same cause. */
  let isExplained = false;

  const moveComment = ({ code, start }: Finding): Hint | undefined => {
    // A colour begins with # too.
    const isColor = code === "PXL_NOT_A_COLOR" && !isBlank(source.charCodeAt(start + 1));
    const comment = start === first || isColor ? undefined : trailingComment(source.slice(start, lineEnd));
    if (comment === undefined) return undefined;
    const indentation = source.slice(lineStart, first);
    const text = `${comment}\n${indentation}${source.slice(first, trimBlanks(source, first, start))}`;
    return { clause: "a comment needs a line of its own", fix: { start: first, end: lineEnd, text } };
  };
  const correct = ({ start: from, end: to }: Finding): Hint | undefined => {
    const correction = correctLine(content, from - first, to - first);
    if (correction === undefined) return undefined;
    const { hint: clause, start, end, text } = correction;
    return { clause, fix: text === undefined ? undefined : { start: first + start, end: first + end, text } };
  };
  return (finding: Finding, column: number): Description => {
    const message = finding.message();
    const explanation = isExplained ? undefined : (moveComment(finding) ?? correct(finding));
    isExplained ||= explanation !== undefined;
    const hint = explanation ?? finding.hint?.();
    if (hint === undefined) return { message };
    const described = { message: `${message}; ${hint.clause}` };
    if (hint.fix === undefined) return described;
    const { start, end, text } = hint.fix;
    // One line may have a million findings: count only the distance to the fix.
    const before = start < finding.start ? countCodePoints(source, start, finding.start) : 0;
    const after = start > finding.start ? countCodePoints(source, finding.start, start) : 0;
    const length = countCodePoints(source, start, end);
    return { ...described, fix: { line, column: column - before + after, length, text } };
  };
}
