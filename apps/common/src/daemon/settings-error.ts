/** Settings with which the daemon does not start; the message says what to do. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}
