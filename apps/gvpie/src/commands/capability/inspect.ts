import {
  inspectCapability,
  LIMIT_NAMES,
  thumbprintOf,
  type Capability,
  type CapabilityBlock,
} from "@gvpie/capability";
import { readPrivateKey, readPublicKey } from "@gvpie/app-common/capability";
import { describeLimit, describeValidity, requestLimits, validityOf } from "../../capability/explain.ts";
import { keyIn, readTokenOrKey } from "../../capability/files.ts";
import { currentSecond } from "../../capability/time.ts";
import { defineCommand, type Command } from "../../command.ts";
import { inputName } from "../../input.ts";
import { print, printJson, say } from "../../output.ts";
import { styleFor } from "../../style.ts";
import { formatTable } from "../../table.ts";
import { joined, line, TerminalText, type Part } from "../../terminal-text.ts";

const MAX_WIDTH = 100;

export const inspect: Command = defineCommand({
  usage: "<capability|key|->",
  positionals: [1, 1],
  details: [
    "Explains what a capability allows, for whom and until when, and which block set each limit. No signature is verified:",
    "gvpie capability verify does that. Of a key, prints the thumbprint.",
  ].join("\n"),
  examples: [
    ["gvpie capability inspect mine.cap", "what it allows, for whom and until when"],
    ["gvpie capability inspect server.pub", "the thumbprint of a key"],
  ],
  options: { json: { type: "boolean", help: "print everything as JSON" } },
  async run({ json }, [path = ""]) {
    const text = readTokenOrKey(path);
    const kind = keyIn(text);
    if (kind !== undefined) {
      await inspectKey(path, kind, json);
      return;
    }
    const capability = await inspectCapability(text);
    const now = currentSecond();
    const keys = await Promise.all(capability.blocks.map(({ key }) => thumbprintOf(key)));
    if (json) {
      printJson(asData(path, capability, keys, now));
      return;
    }
    print(describe(capability, keys, now));
    say(line`inspect verifies no signature; gvpie capability verify ${path} --root-key <file.pub> does`);
  },
});

async function inspectKey(path: string, kind: "private" | "public", json: boolean): Promise<void> {
  const { kty, crv, x } = kind === "private" ? readPrivateKey(path) : readPublicKey(path);
  const thumbprint = await thumbprintOf({ kty, crv, x });
  if (json) {
    printJson({ file: inputName(path), kind: `${kind}-key`, thumbprint, publicKey: { kty, crv, x } });
  } else {
    print(
      formatTable([
        ["file", inputName(path)],
        ["kind", `${kind} key`],
        ["thumbprint", thumbprint],
      ]),
    );
  }
}

function asData(path: string, capability: Capability, keys: readonly string[], now: number): object {
  const { text, root, blocks, limits, limitedBy } = capability;
  return {
    file: inputName(path),
    kind: "capability",
    verified: false,
    bytes: text.length,
    validity: validityOf(limits, now),
    root,
    holder: keys.at(-1),
    sealed: blocks.at(-1)?.sealed ?? false,
    limits,
    limitedBy,
    blocks: blocks.map(({ id, limits: own, sealed }, index) => ({
      number: index + 1,
      id,
      holder: keys[index],
      sealed,
      limits: own,
    })),
  };
}

function describe(capability: Capability, keys: readonly string[], now: number): TerminalText {
  const { root, blocks, limits, limitedBy } = capability;
  const style = styleFor("stdout");
  const isValid = validityOf(limits, now) === "valid";
  const holder = keys.at(-1) ?? "";
  const head = formatTable([
    [
      "holder",
      `key ${holder}${blocks.at(-1)?.sealed === true ? ", who cannot narrow it further: it is sealed" : ""}`,
    ],
    ["issuer", `root key ${root}`],
    ["server", limits.audience?.join(", ") ?? ""],
    ["valid", style(isValid ? "green" : "red", describeValidity(capability, now))],
    ...(limits.purpose === undefined
      ? []
      : [["purpose", `${limits.purpose} (block ${limitedBy.purpose ?? 1})`]]),
  ]);
  const limited = requestLimits(limits, true).map((name): Part[] => [
    `  ${name}`,
    describeLimit(name, limits),
    `block ${limitedBy[name] ?? 1}`,
  ]);
  const unlimited = requestLimits(limits, false);
  return TerminalText.trust(
    [
      head,
      "\nlimits, and the blocks that set them:\n",
      limited.length === 0 ? "  none\n" : formatTable(limited),
      ...wrapped("  as the server allows: ", unlimited),
      "\nblocks:\n",
      ...blocks.map((block, index) => describeBlock(block, index + 1, keys[index] ?? "")),
    ].join(""),
  );
}

function describeBlock({ id, limits, sealed }: CapabilityBlock, number: number, key: string): TerminalText {
  const names = LIMIT_NAMES.filter((name) => limits[name] !== undefined);
  const rows = names.map((name): Part[] => [`     ${name}`, describeLimit(name, limits)]);
  const head = line`  ${number}  id ${id}\n     for key ${key}${sealed ? ", sealed" : ""}\n`;
  return joined([head, rows.length === 0 ? line`     no limits\n` : formatTable(rows)]);
}

/** Returns the words, separated by commas, in lines of a readable length. */
function wrapped(heading: string, words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(heading + word);
    else if (`${last}, ${word}`.length < MAX_WIDTH) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(" ".repeat(heading.length) + word);
  }
  return lines.map((text, i) => `${text}${i < lines.length - 1 ? "," : ""}\n`);
}
