import { html } from "../html.ts";
import type { View } from "../layout.ts";

/** Returns the page of a request that failed. */
export function problemView(title: string, message: string): View {
  return {
    title,
    section: undefined,
    body: html`<div class="bar"><h1>${title}</h1></div>
      <p class="notice bad" role="alert">${message}</p>
      <p><a href="/">Scripts</a></p>`,
  };
}
