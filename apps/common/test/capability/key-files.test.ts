import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, sign, verify } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import {
  CapabilityFileError,
  keyObjectOf,
  readCapability,
  readPrivateKey,
  readPublicKey,
  readRevocations,
  writeKeyPair,
} from "@gvpie/app-common/capability";
import { createTemporaryDirectory, isRoot, NOBODY_UID, type TemporaryDirectory } from "@gvpie/testing";
import { describe, expect, test } from "vitest";

const ID = "A".repeat(43);

function errorOf(read: () => unknown): CapabilityFileError {
  try {
    read();
  } catch (error) {
    if (error instanceof CapabilityFileError) return error;
    throw error;
  }
  throw new Error("expected a CapabilityFileError, got none");
}

/** A directory with the key pair `key`, `key.pub` and the list `revoked`. */
function createFiles(): TemporaryDirectory {
  const directory = createTemporaryDirectory({ isTraversable: true });
  writeKeyPair(directory.join("key"));
  writeFileSync(directory.join("revoked"), `${ID}\n`, { mode: 0o644 });
  return directory;
}

const READERS = [
  ["key", readPrivateKey],
  ["key.pub", readPublicKey],
  ["revoked", readRevocations],
] as const;

test("a key pair is written and read back; the private key is for its owner only under any umask", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("root");
  const before = process.umask(0o277);
  try {
    writeKeyPair(path);
  } finally {
    process.umask(before);
  }
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  expect(statSync(`${path}.pub`).mode & 0o7777).toBe(0o644);
  const key = readPrivateKey(path);
  const publicKey = readPublicKey(`${path}.pub`);
  expect(publicKey).toEqual({ kty: "OKP", crv: "Ed25519", x: key.x });
  expect(readFileSync(`${path}.pub`, "utf8")).toBe(`${JSON.stringify(publicKey)}\n`);
  const signature = sign(null, Buffer.from("text"), keyObjectOf(key));
  const checked = createPublicKey({ key: { ...publicKey }, format: "jwk" });
  expect(verify(null, Buffer.from("text"), checked, signature)).toBe(true);
});

test.each(["root", "root.pub"])("a key pair never replaces a file: %s", (existing) => {
  using directory = createTemporaryDirectory();
  writeFileSync(directory.join(existing), "precious");
  const error = errorOf(() => writeKeyPair(directory.join("root")));
  expect(error.code).toBe("CAPFILE_EXISTS");
  expect(error.message).toContain(directory.join(existing));
  expect(readFileSync(directory.join(existing), "utf8")).toBe("precious");
  expect(existsSync(directory.join("root")) && existsSync(directory.join("root.pub"))).toBe(false);
});

describe.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o666, 0o400, 0o600, 0o644, 0o755])("mode %o", (mode) => {
  test.each(READERS)("%s", (name, read) => {
    using directory = createFiles();
    chmodSync(directory.join(name), mode);
    const isSafe = name === "key" ? (mode & 0o077) === 0 : (mode & 0o022) === 0;
    if (isSafe) return void read(directory.join(name));
    const error = errorOf(() => read(directory.join(name)));
    expect(error.code).toBe("CAPFILE_UNSAFE");
    expect(error.message).toContain(`got mode ${mode.toString(8)}`);
    expect(error.message).toContain("run chmod");
  });
});

describe("a path that is not one regular file is refused at once", () => {
  const kinds: Readonly<Record<string, (path: string) => void>> = {
    "a symbolic link": (path) => {
      renameSync(path, `${path}.real`);
      symlinkSync(`${path}.real`, path);
    },
    "2 hard links": (path) => linkSync(path, `${path}.copy`),
    "a FIFO": (path) => {
      renameSync(path, `${path}.real`);
      execFileSync("mkfifo", ["-m", "600", path]);
    },
    "a directory": (path) => {
      renameSync(path, `${path}.real`);
      mkdirSync(path);
    },
  };
  test.each(
    READERS.flatMap(([name, read]) =>
      Object.entries(kinds).map(([kind, make]) => ({ name, kind, read, make })),
    ),
  )("$name: $kind", ({ name, kind, read, make }) => {
    using directory = createFiles();
    make(directory.join(name));
    const error = errorOf(() => read(directory.join(name)));
    expect(error.code).toBe("CAPFILE_UNSAFE");
    expect(error.message).toContain(`got ${kind}`);
  });

  test("a socket", async () => {
    using directory = createTemporaryDirectory();
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(directory.join("key"), resolve));
    expect(errorOf(() => readPrivateKey(directory.join("key"))).message).toContain("got a socket");
    server.close();
  });

  test("a device", () => {
    expect(errorOf(() => readPublicKey("/dev/zero")).message).toMatch(/got a device/);
    expect(errorOf(() => readCapability("/dev/zero")).message).toMatch(/got a device/);
  });
});

describe.runIf(isRoot)("a file of another user", () => {
  test.each(READERS)("is refused: %s", (name, read) => {
    using directory = createFiles();
    chownSync(directory.join(name), NOBODY_UID, 0);
    const error = errorOf(() => read(directory.join(name)));
    expect(error.code).toBe("CAPFILE_UNSAFE");
    expect(error.message).toContain(`got one of user ${NOBODY_UID}`);
  });

  test("root's public keys and revocations are accepted by other users, its private keys are not", () => {
    using directory = createFiles();
    const module = import.meta.resolve("@gvpie/app-common/capability");
    const script = `
      const { readPrivateKey, readPublicKey, readRevocations } = await import(${JSON.stringify(module)});
      const directory = ${JSON.stringify(directory.path)};
      process.setuid(${NOBODY_UID});
      const codeOf = (read) => { try { read(); return "read"; } catch (error) { return error.code; } };
      console.log(codeOf(() => readPublicKey(directory + "/key.pub")), codeOf(() => readRevocations(directory + "/revoked")),
        codeOf(() => readPrivateKey(directory + "/key")));`;
    const args = ["--conditions=@gvpie/source", "--input-type=module", "-e", script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(`${stdout}${stderr}`).toBe("read read CAPFILE_UNSAFE\n");
  });

  test.each(READERS)("can replace %s if it owns a directory above", (name, read) => {
    using directory = createTemporaryDirectory({ isTraversable: true });
    mkdirSync(directory.join("theirs/ours"), { recursive: true });
    writeKeyPair(directory.join("theirs/ours/key"));
    writeFileSync(directory.join("theirs/ours/revoked"), "", { mode: 0o644 });
    chownSync(directory.join("theirs"), NOBODY_UID, 0);
    const error = errorOf(() => read(directory.join("theirs/ours", name)));
    expect(error.code).toBe("CAPFILE_UNSAFE");
    expect(error.message).toContain(`${directory.join("theirs")} belongs to user ${NOBODY_UID}`);
  });
});

describe.each([0o777, 0o775, 0o757])("a directory with mode %o", (mode) => {
  test.each(READERS)("refuses %s, and the same below it through a symbolic link", (name, read) => {
    using directory = createFiles();
    mkdirSync(directory.join("links"));
    symlinkSync("..", directory.join("links/up"));
    chmodSync(directory.path, mode);
    for (const path of [directory.join(name), directory.join("links/up", name)]) {
      const error = errorOf(() => read(path));
      expect(error.code).toBe("CAPFILE_UNSAFE");
      expect(error.message).toContain(`${directory.path} is writable by others`);
    }
    expect(errorOf(() => writeKeyPair(directory.join("new"))).code).toBe("CAPFILE_UNSAFE");
    // A sticky directory is safe: only the owner of an entry can rename it.
    chmodSync(directory.path, 0o1777);
    expect(() => read(directory.join(name))).not.toThrow();
  });
});

describe("contents", () => {
  const pair = { kty: "OKP", crv: "Ed25519", x: "A".repeat(43), d: "A".repeat(43) };
  const p256 = { kty: "EC", crv: "P-256", x: pair.x, y: pair.x, d: pair.d };
  test.each<[string, string, RegExp]>([
    ["no byte", "", /as a JSON Web Key, got text that is not JSON/],
    ["not JSON", "{", /got text that is not JSON/],
    ["other JSON", "[]", /got other JSON/],
    ["null", "null", /got other JSON/],
    ["another curve", JSON.stringify(p256), /expected a key with `kty` "OKP" and `crv` "Ed25519"/],
    ["X25519", JSON.stringify({ ...pair, crv: "X25519" }), /got another kind/],
    ["a short d", JSON.stringify({ ...pair, d: "AAAA" }), /as `d` of a private key/],
    ["d as a number", JSON.stringify({ ...pair, d: 1 }), /as `d` of a private key/],
    ["bits after the last byte of d", JSON.stringify({ ...pair, d: `${"A".repeat(42)}B` }), /as `d` of a/],
    ["a long x", JSON.stringify({ ...pair, x: "A".repeat(44) }), /as `x` of a key/],
    ["x of another key", JSON.stringify(pair), /expected `x` and `d` of one private key, got those of two/],
    ["bytes that are not UTF-8", "\u0080", /in UTF-8, got other bytes/],
    ["5,000 bytes", " ".repeat(5000), /of at most 4096 bytes, got 5000/],
  ])("a private key of %s is refused, and the message does not quote it", (_name, text, message) => {
    using directory = createTemporaryDirectory();
    writeFileSync(directory.join("key"), Buffer.from(text, "latin1"), { mode: 0o600 });
    const error = errorOf(() => readPrivateKey(directory.join("key")));
    expect(error.code).toBe("CAPFILE_INVALID");
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("AAAA");
  });

  test("a private key in place of a public one, and the reverse, are refused with a hint", () => {
    using directory = createFiles();
    expect(errorOf(() => readPublicKey(directory.join("key"))).message).toContain(
      "name the file that ends in .pub",
    );
    chmodSync(directory.join("key.pub"), 0o600);
    expect(errorOf(() => readPrivateKey(directory.join("key.pub"))).message).toContain("without .pub");
  });

  test("a missing file", () => {
    using directory = createTemporaryDirectory();
    for (const read of [readPrivateKey, readPublicKey, readCapability, readRevocations]) {
      expect(errorOf(() => read(directory.join("none"))).code).toBe("CAPFILE_MISSING");
    }
  });

  test.each([
    ["text\n", "text"],
    ["text\r\n", "text"],
    ["text", "text"],
    [`${"x".repeat(8192)}\n`, "x".repeat(8192)],
  ])("a capability is read without its line feed", (text, expected) => {
    using directory = createTemporaryDirectory();
    writeFileSync(directory.join("token"), text);
    symlinkSync("token", directory.join("link"));
    expect(readCapability(directory.join("link"))).toBe(expected);
  });

  test("a long capability is refused before it is read", () => {
    using directory = createTemporaryDirectory();
    writeFileSync(directory.join("token"), "x".repeat(1 << 20));
    expect(errorOf(() => readCapability(directory.join("token"))).message).toContain(
      "at most 8194 bytes, got 1048576",
    );
  });
});
