import { defineCommand, type Command } from "../command.ts";
export const doctor: Command = defineCommand({ usage: "", positionals: [0, 0], options: {}, run: () => 0 });
