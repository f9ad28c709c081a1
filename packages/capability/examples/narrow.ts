import {
  createKey,
  issueCapability,
  narrowCapability,
  publicKeyOf,
  thumbprintOf,
  verifyCapability,
} from "@gvpie/capability";

// The owner has the root key. The server has a key of its own, whose thumbprint is the audience.
const rootKey = await createKey();
const server = await thumbprintOf(await createKey());

// The owner allows a build agent canvases of 8,192 pixels.
const agent = await createKey();
const issued = await issueCapability({
  rootKey,
  to: publicKeyOf(agent),
  limits: { audience: [server], pixels: 8192, backends: ["cpu", "webgpu"], purpose: "build agent" },
});

// The agent allows a script less, offline. It needs the script's public key only.
const script = await createKey();
const narrowed = await narrowCapability(issued, {
  key: agent,
  to: publicKeyOf(script),
  limits: { backends: ["cpu"], pixels: 1_000_000, purpose: "thermometer" },
  sealed: true,
});

// The server knows the public root key only.
const { limits, limitedBy } = await verifyCapability(narrowed, {
  roots: [publicKeyOf(rootKey)],
  audience: server,
});
console.log(`${limits.pixels} pixels, set by block ${limitedBy.pixels}`);
console.log(`${limits.backends?.join()}, set by block ${limitedBy.backends}`);
