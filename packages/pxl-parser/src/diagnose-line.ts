import { countCodePoints, isPair, isSurrogate, trimBlanks } from "./characters.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { findFaults, type Line } from "./find-faults.ts";
import { describeForbidden, isForbidden } from "./forbidden.ts";
import type { Scope } from "./scope.ts";

/** Reports every fault of a line, in source order. Also adds the names that the line declares to the scope. */
export function diagnoseLine(line: Line, scope: Scope, diagnostics: DiagnosticList): void {
  const { source, start, end } = line;
  const findings = findFaults({ ...line, end: trimBlanks(source, start, end) }, scope);
  let reported = 0;
  let column = 1;
  for (let index = start; index <= end; column++) {
    for (; reported < findings.length; reported++) {
      const finding = findings[reported];
      if (finding === undefined || finding.start > index) break;
      const length = countCodePoints(source, finding.start, finding.end);
      diagnostics.add(finding.code, { line: line.line, column, length }, finding.message);
    }
    if (index < end && isForbidden(source, index)) {
      const codeUnit = source.charCodeAt(index);
      const code = isSurrogate(codeUnit) ? "PXL_LONE_SURROGATE" : "PXL_CONTROL_CHARACTER";
      diagnostics.add(code, { line: line.line, column, length: 1 }, () => describeForbidden(codeUnit));
    }
    index += isPair(source, index) ? 2 : 1;
  }
}
