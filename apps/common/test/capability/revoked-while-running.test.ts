import { appendFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import {
  addRevocation,
  openRevocations,
  readCapability,
  readPrivateKey,
  readPublicKey,
  writeKeyPair,
} from "@gvpie/app-common/capability";
import {
  type CapabilityGrant,
  createAuthority,
  issueCapability,
  narrowCapability,
  thumbprintOf,
  verifyCapability,
} from "@gvpie/capability";
import { createTemporaryDirectory, type TemporaryDirectory, waitUntil } from "@gvpie/testing";
import { expect, test } from "vitest";

/** Key files, and the file of a capability with three blocks. */
async function createFiles(): Promise<TemporaryDirectory> {
  const directory = createTemporaryDirectory();
  for (const name of ["root", "server", "agent", "script", "job"]) writeKeyPair(directory.join(name));
  const publicKey = (name: string) => readPublicKey(directory.join(`${name}.pub`));
  const issued = await issueCapability({
    rootKey: readPrivateKey(directory.join("root")),
    to: publicKey("agent"),
    limits: { audience: [await thumbprintOf(publicKey("server"))] },
  });
  const limits = { pixels: 100 };
  const agent = readPrivateKey(directory.join("agent"));
  const narrowed = await narrowCapability(issued, { key: agent, to: publicKey("script"), limits });
  const script = readPrivateKey(directory.join("script"));
  const token = await narrowCapability(narrowed, { key: script, to: publicKey("job"), limits: {} });
  writeFileSync(directory.join("token"), `${token}\n`);
  return directory;
}

function codeOf(grant: CapabilityGrant): string {
  try {
    grant.checkNow();
    return "valid";
  } catch (error) {
    return `${(error as { code?: string }).code} ${(error as { block?: number }).block}`;
  }
}

test("a block in the middle of a chain is revoked while the server runs, by each way to edit the file", async () => {
  using directory = await createFiles();
  const path = directory.join("revoked");
  const text = readCapability(directory.join("token"));
  const { isRevoked, close } = openRevocations(path);
  const roots = [readPublicKey(directory.join("root.pub"))];
  const audience = await thumbprintOf(readPublicKey(directory.join("server.pub")));
  const authority = createAuthority({ roots, audience, isRevoked });
  const grant = await authority.open(text);
  const [first = "", middle = "", last = ""] = grant.capability.blocks.map(({ id }) => id);
  expect(codeOf(grant)).toBe("valid");

  addRevocation(path, middle, "the laptop was lost");
  await waitUntil(() => codeOf(grant) === "CAP_REVOKED 2");
  await expect(authority.open(text)).rejects.toMatchObject({ code: "CAP_REVOKED", block: 2 });
  await expect(verifyCapability(text, { roots, audience, isRevoked })).rejects.toMatchObject({ block: 2 });

  // The rest of the chain is revoked too, and the file is removed: the list stays in force.
  appendFileSync(path, `${first}\n`);
  await waitUntil(() => codeOf(grant) === "CAP_REVOKED 1");
  rmSync(path);
  writeFileSync(directory.join("new"), `# corrected\n${last}\n`);
  renameSync(directory.join("new"), path);
  await waitUntil(() => codeOf(grant) === "CAP_REVOKED 3");
  close();
});
