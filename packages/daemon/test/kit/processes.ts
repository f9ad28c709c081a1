export { startDaemonProcess } from "../support/daemon-process.ts";
