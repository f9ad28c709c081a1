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
