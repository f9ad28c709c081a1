// Narrows a capability in a page. The private key does not leave it.
import {
  CapabilityError,
  inspectCapability,
  LIMIT_NAMES,
  narrowCapability,
  publicKeyOf,
  thumbprintOf,
} from "@gvpie/capability";
import { readFields, showFields } from "./fields.js";
import { nameInWords, shorten, valueInWords } from "./words.js";

const MAX_BLOCKS = 8;
const $ = (id) => document.getElementById(id);

/** The three inputs of the page; undefined until each is valid. */
let capability;
let key;
let to;

function showState(id, message, isGood) {
  $(id).textContent = message;
  $(id).className = `state ${isGood ? "good" : "bad"}`;
}

function showError(id, error) {
  const isTyped = error instanceof CapabilityError;
  $(id).hidden = error === undefined;
  $(id).textContent = error === undefined ? "" : `${isTyped ? `${error.code}: ` : ""}${error.message}`;
}

function row(className, name, ...cells) {
  const tr = document.createElement("tr");
  tr.className = className;
  const th = document.createElement("th");
  th.scope = "row";
  th.textContent = nameInWords(name);
  tr.append(th);
  for (const cell of cells) tr.insertCell().textContent = cell;
  return tr;
}

async function readCapability() {
  capability = undefined;
  $("result").hidden = true;
  const text = $("text").value.trim();
  try {
    const read = text === "" ? undefined : await inspectCapability(text);
    // The text may have changed meanwhile.
    if (text !== $("text").value.trim()) return;
    capability = read;
    showError("text-error");
  } catch (error) {
    showError("text-error", error);
  }
  $("summary").hidden = capability === undefined;
  $("fields").replaceChildren();
  if (capability !== undefined) {
    const { blocks, limits, limitedBy, root } = capability;
    const left = blocks.at(-1).sealed ? 0 : MAX_BLOCKS - blocks.length;
    $("facts").textContent =
      `${blocks.length} of ${MAX_BLOCKS} blocks, issued by the root key ${shorten(root)} ${
        left > 0
          ? `It can be narrowed ${left} more time${left > 1 ? "s" : ""}.`
          : "It is sealed or full, so it cannot be narrowed."
      }`;
    const names = LIMIT_NAMES.filter((name) => limits[name] !== undefined);
    $("limits").replaceChildren(
      ...names.map((name) => row("", name, valueInWords(name, limits[name]), `block ${limitedBy[name]}`)),
    );
    showFields($("fields"), limits);
  }
  await showKey();
}

async function readKey() {
  const file = $("key").files[0];
  try {
    key = file && JSON.parse(await file.text());
  } catch {
    key = undefined;
    showState("key-state", "expected a JSON Web Key, got another file", false);
    return update();
  }
  await showKey();
}

async function showKey() {
  if (key !== undefined) {
    try {
      const name = shorten(await thumbprintOf(key));
      const isHolder = capability?.key.x === key.x;
      if (typeof key.d !== "string") throw new Error("expected a private key, got a public one");
      if (capability === undefined) return update();
      showState(
        "key-state",
        isHolder ? `Key ${name} holds the capability` : `Key ${name} is not the key of its holder`,
        isHolder,
      );
    } catch (error) {
      key = undefined;
      showState("key-state", error.message, false);
    }
  }
  update();
}

async function readTo() {
  to = undefined;
  const text = $("to").value.trim();
  showState("to-state", "", true);
  try {
    const parsed = text === "" ? undefined : JSON.parse(text);
    if (parsed?.d !== undefined) {
      throw new Error("expected a public key, got a private one: it must not leave its holder");
    }
    if (parsed !== undefined) {
      showState("to-state", `Key ${shorten(await thumbprintOf(parsed))}`, true);
      to = publicKeyOf(parsed);
    }
  } catch (error) {
    showState(
      "to-state",
      error instanceof SyntaxError ? "expected a JSON Web Key, got another text" : error.message,
      false,
    );
  }
  update();
}

function update() {
  $("narrow").disabled = capability === undefined || key === undefined || to === undefined;
}

async function narrow(event) {
  event.preventDefault();
  $("result").hidden = true;
  showError("error");
  try {
    const limits = readFields($("form"));
    const text = await narrowCapability(capability.text, { key, to, limits, sealed: $("sealed").checked });
    showResult(await inspectCapability(text), limits);
  } catch (error) {
    showError("error", error);
  }
}

function showResult(narrowed, asked) {
  const before = capability.limits;
  const rows = LIMIT_NAMES.filter((name) => narrowed.limits[name] !== undefined).map((name) => {
    const [yours, theirs] = [before[name], narrowed.limits[name]].map((value) => valueInWords(name, value));
    const isChanged = yours !== theirs;
    const note = asked[name] !== undefined && !isChanged ? " (your limit is narrower)" : "";
    return row(isChanged ? "changed" : "", name, yours, `${theirs}${note}`);
  });
  $("comparison").replaceChildren(...rows);
  $("output").value = narrowed.text;
  URL.revokeObjectURL($("download").href);
  $("download").href = URL.createObjectURL(new Blob([`${narrowed.text}\n`], { type: "text/plain" }));
  $("size").textContent = `${narrowed.blocks.length} blocks, ${narrowed.text.length} bytes${
    narrowed.blocks.at(-1).sealed ? ", sealed" : ""
  }`;
  $("result").hidden = false;
  $("result").scrollIntoView({ block: "nearest" });
}

async function copy() {
  await navigator.clipboard.writeText($("output").value);
  $("copy").textContent = "Copied";
}

const on = (id, type, listener) => $(id).addEventListener(type, (event) => void listener(event));
on("text", "input", readCapability);
on("key", "change", readKey);
on("to", "input", readTo);
on("form", "submit", narrow);
on("copy", "click", copy);
