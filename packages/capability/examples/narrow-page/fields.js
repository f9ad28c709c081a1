// The fields of the form: one for each limit of the closed list.
import { LIMIT_NAMES, LIMITS } from "@gvpie/capability";
import { isTime, nameInWords, shorten, valueInWords } from "./words.js";

/** Lists up to this length are shown as boxes to untick. */
const MAX_BOXES = 8;

/** Fills `parent` with a field for each limit, from the limits of the capability that is narrowed. */
export function showFields(parent, limits) {
  parent.replaceChildren(...LIMIT_NAMES.map((name) => fieldOf(name, limits[name])));
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function fieldOf(name, value) {
  const { kind, doc, values } = LIMITS[name];
  const choices = value ?? values;
  if (kind === "intersection" && choices !== undefined && choices.length <= MAX_BOXES) {
    const boxes = choices.map((entry) =>
      element(
        "label",
        { className: "check", title: entry },
        element("input", { type: "checkbox", name, value: entry, checked: true }),
        shorten(entry),
      ),
    );
    return element("fieldset", { title: doc }, element("legend", {}, nameInWords(name)), ...boxes);
  }
  const input = element("input", { id: `limit-${name}`, name, ...inputOf(name, value) });
  const hint = kind === "intersection" ? " (with commas)" : isTime(name) ? " (UTC)" : "";
  const label = element("label", { htmlFor: input.id }, `${nameInWords(name)}${hint}`);
  return element("div", { title: doc }, label, input);
}

function inputOf(name, value) {
  const limit = LIMITS[name];
  if (limit.kind === "text") return { type: "text", maxLength: limit.greatest, placeholder: value ?? "" };
  const placeholder = valueInWords(name, value);
  if (limit.kind === "intersection") return { type: "text", placeholder };
  if (isTime(name)) return { type: "datetime-local", title: `now ${placeholder}` };
  return {
    type: "number",
    min: limit.least,
    max: limit.greatest,
    step: limit.integer ? 1 : "any",
    placeholder,
  };
}

/** Returns the limits that the fields state; a field that is unchanged states none. */
export function readFields(form) {
  const limits = {};
  for (const name of LIMIT_NAMES) {
    const inputs = [...form.querySelectorAll(`[name="${name}"]`)];
    const boxes = inputs.filter(({ type }) => type === "checkbox");
    const text = boxes.length > 0 ? "" : (inputs[0]?.value.trim() ?? "");
    if (boxes.some(({ checked }) => !checked)) {
      limits[name] = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    } else if (text !== "") {
      limits[name] = parse(name, text);
    }
  }
  return limits;
}

function parse(name, text) {
  const { kind } = LIMITS[name];
  if (kind === "text") return text;
  if (kind === "intersection") return text.split(",").map((entry) => entry.trim());
  return isTime(name) ? Math.floor(Date.parse(`${text}Z`) / 1000) : Number(text);
}
