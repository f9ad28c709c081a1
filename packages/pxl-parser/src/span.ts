/** A place in the source. Lines and columns start at 1; columns and lengths count Unicode code points, and a tab is one. */
export interface Span {
  readonly line: number;
  readonly column: number;
  /** Code points covered; at least 1, except for a diagnostic at the end of a line, where it is 0. */
  readonly length: number;
}
