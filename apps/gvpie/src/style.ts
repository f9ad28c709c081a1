import { styleText } from "node:util";
import { safe, TerminalText, type Part } from "./terminal-text.ts";

export type StyleName = "bold" | "dim" | "red" | "yellow" | "green";

/** Styles text, escaped as one line, if its stream supports colours. */
export type Style = (name: StyleName, text: Part) => TerminalText;

/** Respects NO_COLOR, FORCE_COLOR and the terminal's capabilities. */
export function styleFor(stream: "stdout" | "stderr"): Style {
  return (name, text) => TerminalText.trust(styleText(name, safe(text), { stream: process[stream] }));
}
