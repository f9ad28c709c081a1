export { daemonPage } from "./daemon-page.ts";
export { formatManPage, type ManPage } from "./man-page.ts";
export { writeManPages } from "./write-man-pages.ts";
