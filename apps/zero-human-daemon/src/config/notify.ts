import { parsePath } from "@gvpie/app-common/daemon";
import { type Command, Option } from "commander";

/** Notifications of operators about problems. */
export interface NotifyConfig {
  /** Executable to run when a problem begins. */
  readonly onFailure: string | undefined;
  /** Executable to run when a problem ends. */
  readonly onRecovery: string | undefined;
  /** Address to request while all is well. It is a secret. */
  readonly ping: string | undefined;
}

export function addNotifyOptions(command: Command): void {
  command
    .addOption(
      new Option("--on-failure <file>", "executable to run when a problem begins, with GVPIE_… variables")
        .env("GVPIE_ON_FAILURE")
        .argParser(parsePath),
    )
    .addOption(
      new Option("--on-recovery <file>", "executable to run when a problem ends, with GVPIE_… variables")
        .env("GVPIE_ON_RECOVERY")
        .argParser(parsePath),
    )
    .addOption(
      new Option(
        "--ping <url>",
        "address to request every minute while all is well, and with /fail when an error begins",
      ).env("GVPIE_PING"),
    );
}

export function notifyConfig(command: Command): NotifyConfig {
  const { onFailure, onRecovery, ping } = command.opts<Partial<NotifyConfig>>();
  return { onFailure, onRecovery, ping };
}
