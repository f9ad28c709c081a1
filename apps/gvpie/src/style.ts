import { styleText } from "node:util";

export type Look = "bold" | "dim" | "red" | "yellow" | "green";

/** Styles text if its stream supports colours. */
export type Style = (look: Look, text: string) => string;

/** Respects NO_COLOR, FORCE_COLOR and the terminal's capabilities. */
export function styleFor(stream: "stdout" | "stderr"): Style {
  return (look, text) => styleText(look, text, { stream: process[stream] });
}

/** Returns the text unchanged. */
export const PLAIN: Style = (_look, text) => text;
