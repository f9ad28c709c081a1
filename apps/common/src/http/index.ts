export { addHttpOptions, type HttpConfig, httpConfigOf, type HttpFlags } from "./options.ts";
export { openReports, type Reports } from "./open-reports.ts";
export { redirect } from "./login-routes.ts";
export { createHttpServer, type HttpServer, type HttpServerOptions } from "./server.ts";
export { serveHttpThread } from "./serve-thread.ts";
export { type HttpThread, startHttpThread, threadModule } from "./thread.ts";
export { openToken, readToken } from "./token-file.ts";
export type {
  EventStream,
  Health,
  HttpApp,
  HttpRequest,
  HttpResponse,
  LoginPage,
  MainThread,
  Route,
} from "./types.ts";
