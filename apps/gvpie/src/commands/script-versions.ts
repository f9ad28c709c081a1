import { defineCommand, type Command } from "../command.ts";
import { print, printJson } from "../output.ts";
import { STORE_OPTIONS, withReader } from "../store.ts";
import { formatTable } from "../table.ts";

export const versions: Command = defineCommand({
  usage: "<name>",
  positionals: [1, 1],
  details: [
    "An edit of a script's code keeps the replaced code as a version: at most the newest 50, and 4 MiB of code. The first",
    "line is the present code. scripts show --version prints a version, and scripts set --code-version goes back to it.",
  ].join("\n"),
  options: { ...STORE_OPTIONS, json: { type: "boolean", help: "print the earlier versions as JSON" } },
  examples: [["gvpie scripts versions clock", "list the versions of a script's code"]],
  async run({ db, json }, [name = ""]) {
    await withReader(db, async (store) => {
      const earlier = await store.listVersions(name);
      if (json) {
        printJson(earlier);
        return;
      }
      const { lang, codeBytes } = await store.getScript(name);
      print(
        formatTable([
          ["VERSION", "LANGUAGE", "BYTES", "REPLACED"],
          ["present", lang, codeBytes, ""],
          ...earlier.map((one) => [one.version, one.lang, one.codeBytes, one.replacedAt]),
        ]),
      );
    });
  },
});
