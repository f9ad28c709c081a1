import { serveHttpThread } from "@gvpie/app-common/http";

// Only /healthz and /metrics.
await serveHttpThread(() => ({ routes: [] }));
