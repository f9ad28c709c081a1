import { ICON_LINKS } from "../layout.ts";
import { exact, html, type Html } from "../html.ts";

/** Returns the page that asks for the token. */
export function loginPage({ next, error }: { next: string; error: string | undefined }): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Sign in · zero-human-daemon</title>
        ${ICON_LINKS}
        <script src="/login.js" type="module"></script>
      </head>
      <body>
        <main class="narrow">
          <h1>zero-human-daemon</h1>
          ${error !== undefined && html`<p class="notice bad" role="alert">${error}</p>`}
          <form method="post" action="/login" class="stack panel">
            <input type="hidden" name="next" value="${exact(next)}" />
            <label>
              Token
              <input type="password" name="key" autocomplete="current-password" required maxlength="200" />
            </label>
            <button class="main">Sign in</button>
            <p class="muted small">
              <code>gvpie page</code> prints an address that needs no token. The token itself is in the file
              that the daemon names when it starts.
            </p>
          </form>
        </main>
      </body>
    </html>`;
}
