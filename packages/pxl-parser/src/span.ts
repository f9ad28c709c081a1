/** A range of the source. Lines and columns start at 1. Columns and lengths count Unicode code points; a tab is one. */
export interface Span {
  readonly line: number;
  readonly column: number;
  /** In code points; at least 1, but 0 for a diagnostic at the end of a line. */
  readonly length: number;
}
