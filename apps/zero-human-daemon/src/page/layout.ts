import { exact, html, type Html, type Part } from "./html.ts";
import { numberText } from "./format.ts";

/** Facts that every view shows. */
export interface LayoutData {
  /** Unix milliseconds. */
  readonly now: number;
  /** Token of the session, which each form sends back. */
  readonly csrf: string;
  /** Result of the last form. */
  readonly notice?: string | undefined;
  readonly counts: {
    readonly scripts: number;
    readonly running: number;
    readonly failing: number;
    readonly overdue: number;
    /** Conditions of the daemons. */
    readonly problems: number;
    readonly allPaused: boolean;
  };
}

/** The part of a page that differs from view to view. */
export interface View {
  readonly title: string;
  readonly section: "scripts" | "runs" | "daemons" | undefined;
  readonly body: Part;
  /** A script of the page, such as `/verify.js`. */
  readonly script?: string;
}

const SECTIONS = [
  ["scripts", "/", "Scripts"],
  ["runs", "/runs", "Runs"],
  ["daemons", "/daemons", "Daemons"],
] as const;

/** Returns a whole document. */
export function documentOf({ title, section, body, script }: View, data: LayoutData): Html {
  const { now, notice } = data;
  const at = new Date(now).toISOString();
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · zero-human-daemon</title>
        ${ICON_LINKS}
        <script src="/page.js" type="module"></script>
        ${script !== undefined && html`<script src="${script}" type="module"></script>`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <div>
            <a class="brand" href="/">${LOGO}zero-human-daemon</a>
            <nav aria-label="Sections">
              ${SECTIONS.map(
                ([name, path, text]) =>
                  html`<a href="${path}" ${name === section && html` aria-current="page"`}>${text}</a>`,
              )}
            </nav>
            ${countsOf(data)}
          </div>
        </header>
        <main id="main">
          ${notice !== undefined && html`<p class="notice good" role="status">${notice}</p>`} ${body}
        </main>
        <footer>
          <span>As of <time data-clock datetime="${at}">${at.slice(11, 19)} UTC</time></span>
          <span id="live"></span>
          <form method="post" action="/logout">${csrfField(data)}<button>Sign out</button></form>
        </footer>
      </body>
    </html>`;
}

/** Returns the field that each form needs. */
export function csrfField({ csrf }: Pick<LayoutData, "csrf">): Html {
  return html`<input type="hidden" name="csrf" value="${exact(csrf)}" />`;
}

function countsOf({ counts }: LayoutData): Html {
  const { scripts, running, failing, overdue, problems, allPaused } = counts;
  const fact = (count: number, path: string, text: string, isBad: boolean): Html =>
    html`<li${isBad && count > 0 && html` class="bad"`}><a href="${path}"><b>${numberText(count)}</b> ${text}</a></li>`;
  return html`<ul class="facts">
    ${
      allPaused &&
      html`<li class="bad">
        <a href="/daemons"><b>all starts paused</b></a>
      </li>`
    }
    ${fact(scripts, "/", scripts === 1 ? "script" : "scripts", false)}
    ${fact(running, "/?state=running", "running", false)} ${fact(failing, "/?state=failing", "failing", true)}
    ${overdue > 0 && fact(overdue, "/daemons", "overdue", true)}
    ${problems > 0 && fact(problems, "/daemons", problems === 1 ? "problem" : "problems", true)}
  </ul>`;
}

/** Three pixels of a display. */
const LOGO = html`<svg viewBox="0 0 20 12" aria-hidden="true">
  <rect width="20" height="12" rx="2" fill="#000" />
  <path d="M3 3h3v3H3zM8 3h3v3H8zM8 7h3v2H8zM13 7h4v2h-4z" fill="#fff" />
</svg>`;

/** Style sheet and icon of every document. */
export const ICON_LINKS: Html = html`<link rel="stylesheet" href="/page.css" />
  <link rel="icon" href="/icon.svg" type="image/svg+xml" />`;

/** The icon of the page. */
export const ICON: string =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect y="2" width="16" height="12" rx="2"/><path d="M3 5h3v3H3zM8 5h3v3H8zM8 10h5v2H8z" fill="#fff"/></svg>';
