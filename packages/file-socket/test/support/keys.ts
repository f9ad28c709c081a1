import { createPrivateKey, type KeyObject } from "node:crypto";

/** An Ed25519 key pair. */
export interface TestKey {
  readonly key: KeyObject;
  /** The public key: 32 bytes in base64url. */
  readonly x: string;
}

function keyOf(seed: string, x: string): TestKey {
  const d = Buffer.from(seed, "hex").toString("base64url");
  return { key: createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", d, x }, format: "jwk" }), x };
}

/** The server's key in tests and in docs/file-socket.md: test 1 of RFC 8032, 7.1, and the key of RFC 8037, A.1. */
export const SERVER_KEY: TestKey = keyOf(
  "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
);
/** The thumbprint of {@link SERVER_KEY}, from RFC 8037, A.3. */
export const SERVER = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
/** The key of the holder of a capability: test 2 of RFC 8032, 7.1. */
export const HOLDER_KEY: TestKey = keyOf(
  "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
);
/** The key of another server or holder: test 3 of RFC 8032, 7.1. */
export const OTHER_KEY: TestKey = keyOf(
  "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
  "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU",
);
