import { html, type Html, type Part } from "./html.ts";

/** A column of a {@link table}. */
export interface Column<T> {
  readonly title: string;
  /** Class of its cells. */
  readonly className?: string;
  readonly cell: (row: T) => Part;
}

/** Returns a table, which scrolls sideways if it is wider than its place. */
export function table<T>(label: string, columns: readonly Column<T>[], rows: readonly T[]): Html {
  const classOf = ({ className }: Column<T>): Html | undefined =>
    className === undefined ? undefined : html` class="${className}"`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" ${classOf(column)}>${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column) => html`<td${classOf(column)}>${column.cell(row)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
