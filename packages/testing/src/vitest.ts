import { onTestFinished, type TestContext } from "vitest";
import { createTemporaryDirectory, type TemporaryDirectoryOptions } from "./temporary-directory.ts";

/** The test that a resource belongs to: its context. Needed in tests that run at the same time. */
type Owner = Pick<TestContext, "onTestFinished">;

/** Disposes of a resource when the running test has finished; returns it. */
export function disposeAfterTest<T extends Disposable | AsyncDisposable>(
  resource: T,
  owner: Owner = { onTestFinished },
): T {
  owner.onTestFinished(async () => {
    if (Symbol.asyncDispose in resource) {
      await resource[Symbol.asyncDispose]();
    } else {
      resource[Symbol.dispose]();
    }
  });
  return resource;
}

/** Returns the path of an empty directory that is removed when the running test has finished. */
export function temporaryDirectory(options?: TemporaryDirectoryOptions, owner?: Owner): string {
  return disposeAfterTest(createTemporaryDirectory(options), owner).path;
}
