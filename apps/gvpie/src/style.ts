import { styleText } from "node:util";

export type Look = "bold" | "dim" | "red" | "yellow" | "green";

/** Colours text where the stream it goes to shows colours. */
export type Style = (look: Look, text: string) => string;

/** Follows NO_COLOR, FORCE_COLOR and what the terminal can do. */
export function styleFor(stream: "stdout" | "stderr"): Style {
  return (look, text) => styleText(look, text, { stream: process[stream] });
}

/** No colours at all. */
export const PLAIN: Style = (_look, text) => text;
