import { readFileSync } from "node:fs";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";
import { parseDockerfile } from "./dockerfile.ts";

const DOCKERFILE = readFileSync(new URL("../../deploy/docker/Dockerfile", import.meta.url), "utf8");

test("a linter finds nothing in the Dockerfile", () => {
  expect(validate(DOCKERFILE)).toEqual([]);
  expect(validate(DOCKERFILE.replace("WORKDIR", "WORKDIRECTORY"))).not.toEqual([]);
});

test("the image runs without root, and its commands are no text for a shell", () => {
  const instructions = parseDockerfile(DOCKERFILE);
  const last = (keyword: string): string | undefined =>
    instructions.findLast((instruction) => instruction.keyword === keyword)?.text;
  expect(last("USER")).toBe("gvpie");
  expect(JSON.parse(last("CMD") ?? "")).toEqual(["zero-human-daemon"]);
  expect(last("HEALTHCHECK")).toContain('CMD ["gvpie", "status"');
});
