// Keeps an open page up to date: fetches it again when the database has changed, and changes the elements that differ. Without
// this script, everything works but the updates.
import { distanceText } from "../src/page/format.ts";

/** Milliseconds between two updates, at least. */
const PAUSE_MS = 1_000;
/** Milliseconds after which an update that failed is repeated. */
const RETRY_MS = 2_000;
const TICK_MS = 1_000;

const live = document.querySelector("#live");
/** Milliseconds by which the clock of the server is ahead. */
let ahead = 0;
let isStale = false;
let isBusy = false;

/** Sets the clock by the time of a document. */
function setClock(from: Document): void {
  const at = Date.parse(from.querySelector("time[data-clock]")?.getAttribute("datetime") ?? "");
  if (!Number.isNaN(at)) ahead = at - Date.now();
}

/** Writes the distances of all times from now. */
function tick(root: ParentNode): void {
  const now = Date.now() + ahead;
  for (const time of root.querySelectorAll("time:not([data-clock])")) {
    const at = Date.parse(time.getAttribute("datetime") ?? "");
    const text = Number.isNaN(at) ? "" : distanceText(at, now);
    if (text !== "" && text !== time.textContent) time.textContent = text;
  }
}

/** Attributes that the server does not decide: a person opens details, and {@link fit} sizes pictures. */
const KEPT: ReadonlySet<string> = new Set(["open", "style"]);

/** Shows a picture at the largest size at which each of its pixels is a whole number of the screen's. */
function fit(image: HTMLImageElement): void {
  const { naturalWidth, naturalHeight, parentElement: box } = image;
  if (box === null || !box.classList.contains("screen") || naturalWidth === 0) return;
  const most = Math.min(box.clientWidth / naturalWidth, box.clientHeight / naturalHeight) * devicePixelRatio;
  const scale = Math.floor(most) / devicePixelRatio;
  image.style.imageRendering = scale > 0 ? "" : "auto";
  image.style.width = scale > 0 ? `${naturalWidth * scale}px` : "";
  image.style.height = scale > 0 ? `${naturalHeight * scale}px` : "";
}

function fitAll(): void {
  for (const image of document.images) fit(image);
}

/** Changes `old` into `next`, and keeps every element that is the same, with its focus, its scrolling and what a person typed. */
function morph(old: Node, next: Node): void {
  if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) {
    (old as ChildNode).replaceWith(next);
    return;
  }
  if (!(old instanceof Element) || !(next instanceof Element)) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of Array.from(old.attributes)) {
    if (!KEPT.has(name) && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of Array.from(next.attributes)) {
    if (!KEPT.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const olds = Array.from(old.childNodes);
  const nexts = Array.from(next.childNodes);
  for (const [index, child] of nexts.entries()) {
    const present = olds[index];
    if (present) morph(present, child);
    else old.append(child);
  }
  for (const child of olds.slice(nexts.length)) child.remove();
}

async function update(): Promise<void> {
  isStale = true;
  if (isBusy || document.hidden) return;
  isBusy = true;
  try {
    while (isStale && !document.hidden) {
      isStale = false;
      const response = await fetch(location.href, { redirect: "error" });
      if (!response.ok) throw new Error(String(response.status));
      const next = new DOMParser().parseFromString(await response.text(), "text/html");
      setClock(next);
      tick(next);
      for (const selector of ["main", "header .facts", "footer time"]) {
        const from = document.querySelector(selector);
        const to = next.querySelector(selector);
        if (from && to) morph(from, document.adoptNode(to));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    show("live");
  } catch {
    show("not connected");
    setTimeout(() => void update(), RETRY_MS);
  } finally {
    isBusy = false;
  }
}

function show(text: string): void {
  if (live && live.textContent !== text) live.textContent = text;
}

fitAll();
addEventListener("resize", fitAll);
document.addEventListener("load", ({ target }) => target instanceof HTMLImageElement && fit(target), true);

// The verdict of a verification is made here, and the server does not know it.
if (!document.querySelector("#verify")) {
  setClock(document);
  setInterval(() => tick(document), TICK_MS);
  const events = new EventSource("/events");
  events.addEventListener("open", () => show("live"));
  events.addEventListener("error", () => show("not connected"));
  events.addEventListener("change", () => void update());
  document.addEventListener("visibilitychange", () => {
    if (isStale) void update();
  });
}
