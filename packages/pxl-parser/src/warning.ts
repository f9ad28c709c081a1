import type { Description } from "./diagnostic-list.ts";
import type { PxlWarningCode } from "./errors.ts";
import type { Span } from "./span.ts";

export interface Warning {
  readonly code: PxlWarningCode;
  readonly span: Span;
  readonly message: () => string | Description;
}
