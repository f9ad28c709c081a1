import { createFileSocketServer } from "@gvpie/file-socket";
import { bareEnvironment, runProcess } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";
import { parseDockerfile } from "./dockerfile.ts";

const DOCKERFILE = readFileSync(new URL("../../deploy/docker/Dockerfile", import.meta.url), "utf8");
const COMPOSE = readFileSync(new URL("../../deploy/docker/compose.yaml", import.meta.url), "utf8");

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

test("the check of the renderer's container is healthy while a renderer serves", async () => {
  const [, code = ""] = />-\n([^]*?)\n +interval:/.exec(COMPOSE) ?? [];
  const dir = join(temporaryDirectory(), "shared");
  const check = async (): Promise<unknown> => {
    const args = ["--conditions=@gvpie/source", "--input-type=module", "--eval", code];
    const options = { cwd: import.meta.dirname, env: bareEnvironment({ GVPIE_DIR: dir }) };
    return (await runProcess(process.execPath, args, options)).status;
  };
  expect(await check()).toBe(1);
  await using _server = await createFileSocketServer({
    dir,
    render: () => Promise.reject(new Error("unused")),
  });
  expect(await check()).toBe(0);
});
