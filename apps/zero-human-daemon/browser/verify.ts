// Verifies the cartridge of the page: draws its program again in this browser and compares every pixel.
import { printableLines } from "@gvpie/app-common";
import { createVerifier, type Frame } from "@gvpie/cartridge";

const TONES: Readonly<Record<string, string>> = {
  verified: "good",
  "needs-newer-language": "warn",
  "no-program": "warn",
  "not-canonical": "warn",
};

const root = document.querySelector<HTMLElement>("#verify");
const file = root?.dataset["file"];
if (root && file !== undefined) await verify(root, file);

async function verify(root: HTMLElement, file: string): Promise<void> {
  say("Verifying …", "", "");
  const verifier = createVerifier({
    createWorker: () => new Worker("/verify-worker.js", { type: "module" }),
  });
  try {
    const response = await fetch(file);
    if (!response.ok) throw new Error(`the file cannot be read (${response.status})`);
    const found = await verifier.verify(await response.arrayBuffer());
    const { status, explanation, frame, drawn, metadata } = found;
    paint("#frame", frame);
    if (drawn) paint("#drawn", drawn);
    root.querySelector(".pair")?.removeAttribute("hidden");
    const program = metadata?.gvpie?.program;
    const section = root.querySelector<HTMLElement>("#program");
    const pre = section?.querySelector("pre");
    if (program !== undefined && section && pre) {
      pre.textContent = printableLines(program);
      section.hidden = false;
    }
    say(status, explanation, TONES[status] ?? "bad");
  } catch (error) {
    say("no verdict", error instanceof Error ? error.message : String(error), "bad");
  } finally {
    await verifier.close();
  }
}

function say(status: string, explanation: string, tone: string): void {
  const verdict = document.querySelector("#verdict");
  if (verdict) {
    verdict.textContent = status;
    verdict.className = tone === "" ? "verdict" : `verdict chip ${tone}`;
  }
  const text = document.querySelector("#explanation");
  if (text) text.textContent = explanation;
}

function paint(selector: string, { width, height, data }: Frame): void {
  const canvas = document.querySelector<HTMLCanvasElement>(selector);
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return;
  canvas.width = width;
  canvas.height = height;
  context.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
}
