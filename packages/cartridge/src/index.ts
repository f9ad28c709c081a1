export { canonicalizeCartridge } from "./canonicalize.ts";
export type { BytesLike } from "./bytes.ts";
export { decodeAnimation } from "./decode-animation.ts";
export { decodeCartridge, decodePng, readCartridgeMetadata } from "./decode.ts";
export { compareFrames, differenceMask } from "./difference.ts";
export { drawForCartridge } from "./draw.ts";
export { encodeAnimation } from "./encode-animation.ts";
export { encodeCartridge, encodePng } from "./encode.ts";
export { CartridgeError, type CartridgeErrorCode } from "./errors.ts";
export { cartridgeFileName, type CartridgeName } from "./file-name.ts";
export type {
  Animation,
  AnimationFrame,
  Cartridge,
  CartridgeMetadata,
  DecodedAnimation,
  DecodeOptions,
  Difference,
  DisplayObstacle,
  DrawingRecord,
  EncodeAnimationOptions,
  EncodeOptions,
  EncodePngOptions,
  Frame,
  NeededLimits,
  Params,
  PngLimits,
  RecordedAnimation,
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
