import { styleText } from "node:util";

export type StyleName = "bold" | "dim" | "red" | "yellow" | "green";

/** Styles text if its stream supports colours. */
export type Style = (name: StyleName, text: string) => string;

/** Respects NO_COLOR, FORCE_COLOR and the terminal's capabilities. */
export function styleFor(stream: "stdout" | "stderr"): Style {
  return (name, text) => styleText(name, text, { stream: process[stream] });
}
