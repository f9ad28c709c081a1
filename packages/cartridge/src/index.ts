export { canonicalizeCartridge } from "./canonicalize.ts";
export type { BytesLike } from "./bytes.ts";
export { decodeCartridge, decodePng, readCartridgeMetadata } from "./decode.ts";
export { compareFrames, differenceMask } from "./difference.ts";
export { drawForCartridge } from "./draw.ts";
export { encodeCartridge, encodePng } from "./encode.ts";
export { CartridgeError, type CartridgeErrorCode } from "./errors.ts";
export { cartridgeFileName, type CartridgeName } from "./file-name.ts";
export type {
  Cartridge,
  CartridgeMetadata,
  DecodeOptions,
  Difference,
  DisplayObstacle,
  DrawingRecord,
  EncodeOptions,
  EncodePngOptions,
  Frame,
  NeededLimits,
  Params,
  PngLimits,
  Relation,
  Render,
  RenderLimits,
  RenderRequest,
  Verification,
  VerificationStatus,
  VerifyOptions,
} from "./types.ts";
export { verifyCartridge } from "./verify.ts";
export type { AnyWorker } from "./worker/link.ts";
export { serveVerification, type ServeOptions } from "./worker/serve.ts";
export {
  createVerifier,
  type Verifier,
  type VerifierOptions,
  type WorkerVerifyOptions,
} from "./worker/verifier.ts";
