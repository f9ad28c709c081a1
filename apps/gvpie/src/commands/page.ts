import { readToken } from "@gvpie/app-common/http";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { defineCommand, type Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { print } from "../output.ts";
import { STORE_OPTIONS } from "../store.ts";

const TIMEOUT_MS = 5_000;
/** State of a listening socket in /proc/net/tcp. */
const LISTENING = "0A";

export const page: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "The address opens the page of zero-human-daemon --http in a browser without asking for the token. It contains a code",
    "that works once, within a minute.",
  ].join("\n"),
  examples: [["gvpie page --db db/daemon.db", "print the address"]],
  seeAlso: ["status"],
  options: {
    ...STORE_OPTIONS,
    http: {
      type: "string",
      value: "address:port",
      help: "address that zero-human-daemon --http was given",
      default: "127.0.0.1:8437",
      env: "GVPIE_HTTP",
    },
    "http-token": {
      type: "string",
      value: "file",
      help: "file of the token; default <db>.token",
      env: "GVPIE_HTTP_TOKEN",
    },
  },
  async run({ db, http, "http-token": file = `${db}.token` }) {
    const url = URL.parse(`http://${http}/login/code`);
    if (url === null || url.host === "" || url.pathname !== "/login/code") {
      throw new UsageError(`--http: expected an address and a port, such as 127.0.0.1:8437, got ${http}`);
    }
    const token = tokenOf(file);
    checkOwner(Number(url.port || 80));
    const code = await codeFrom(url, token);
    print(`${url.origin}/login#${code}\n`);
  },
});

function tokenOf(file: string): string {
  let token: string | undefined;
  try {
    token = readToken(file);
  } catch (error) {
    throw new CommandError("PAGE_TOKEN", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
  if (token !== undefined) return token;
  const remedy = "zero-human-daemon --http creates it; name another one with --http-token";
  throw new CommandError("PAGE_TOKEN", `there is no token file ${file}; ${remedy}`);
}

/**
 * Refuses to send the token to a process of another user, who may have taken the port while the daemon does not run. Linux only:
 * other systems have no table of sockets in /proc.
 */
function checkOwner(port: number): void {
  const uid = process.geteuid?.();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    let lines: string[];
    try {
      lines = readFileSync(table, "utf8").split("\n");
    } catch {
      continue;
    }
    for (const line of lines) {
      const [, local = "", , state, , , , owner] = line.trim().split(/\s+/);
      const isHere = state === LISTENING && Number.parseInt(local.split(":").at(-1) ?? "", 16) === port;
      if (!isHere || owner === String(uid)) continue;
      const found = `a process of user ${owner} listens on port ${port}`;
      throw new CommandError(
        "PAGE_OWNER",
        `expected a daemon of user ${uid}, but ${found}; it gets no token`,
      );
    }
  }
}

async function codeFrom(url: URL, token: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = request(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  sent.on("error", (error) => {
    const reason = `no page answers at ${url.origin}: ${error.message}`;
    reject(
      new CommandError(
        "PAGE_ABSENT",
        `${reason}; start zero-human-daemon --http ${url.host}, or name the address of the running one with --http`,
        {
          cause: error,
        },
      ),
    );
  });
  sent.on("response", (response) => {
    text(response).then((body) => {
      const code = body.trim();
      if (response.statusCode === 200 && /^[\w-]{16,128}$/.test(code)) return resolve(code);
      const refusal = `expected a code from ${url.origin}, got the status ${response.statusCode}`;
      return reject(new CommandError("PAGE_REFUSED", `${refusal}; is the token that of this daemon?`));
    }, reject);
  });
  sent.end();
  return promise;
}
