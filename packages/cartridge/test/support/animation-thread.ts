// The entry module of a worker thread whose renderer draws four frames in which a dot moves.
import { serveVerification } from "@gvpie/cartridge";
import { frameOf } from "./frames.ts";

const clip = [
  frameOf("#...", "...."),
  frameOf(".#..", "...."),
  frameOf("..#.", "...."),
  frameOf("...#", "...."),
];

serveVerification({
  render: (_, { frame = 0 }) => ({
    ...(structuredClone(clip[frame]) ?? frameOf("#")),
    animation: { frames: 4, delayMs: 50 },
  }),
});
