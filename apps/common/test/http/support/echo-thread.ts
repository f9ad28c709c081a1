import { serveHttpThread } from "@gvpie/app-common/http";

// A small app: an open page, a private one, a form, and events of the main thread.
await serveHttpThread((main, data) => ({
  routes: [
    { method: "GET", path: "/data", handle: () => ({ body: JSON.stringify(data) }) },
    {
      method: "GET",
      path: "/events",
      handle: () => ({
        events: (stream) => {
          const end = main.onEvent((event) => stream.send("change", JSON.stringify(event)));
          stream.signal.addEventListener("abort", end);
          stream.send("hello", "");
        },
      }),
    },
    {
      method: "POST",
      path: "/crash",
      handle: () => {
        setImmediate(() => {
          throw new Error("crashed on request");
        });
        return { body: "soon\n" };
      },
    },
  ],
}));
