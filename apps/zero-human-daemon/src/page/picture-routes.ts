import type { HttpRequest, HttpResponse, Route } from "@gvpie/app-common/http";
import type { PictureFile, ScriptStore } from "@gvpie/daemon/store";
import { html } from "./html.ts";
import { PageError } from "./page-error.ts";
import { parseId } from "./parse-request.ts";
import { createPictures, etagOf, PictureError, readCartridgeFile } from "./pictures.ts";

/** The address of a picture changes with its file, so a browser may keep it. */
const KEPT = "private, max-age=86400, immutable";

/** Returns the routes of pictures, re-encoded, and of the files of cartridges, as they are, for a script or to download. */
export function pictureRoutes(store: Pick<ScriptStore, "findPicture">): Route[] {
  const pictures = createPictures();
  const find = async ({ params }: HttpRequest): Promise<PictureFile> => {
    const file = await store.findPicture(parseId(params["id"]));
    if (file === undefined) throw new PageError(404, "There is no such cartridge.");
    return file;
  };
  const explained = async (make: () => Promise<HttpResponse>): Promise<HttpResponse> => {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      throw new PageError(404, `The cartridge cannot be shown: ${error.message}`, { cause: error });
    }
  };
  return [
    {
      method: "GET",
      path: "/pictures/:id.png",
      handle: async (request) => {
        const file = await find(request);
        return explained(async () => {
          const { bytes, etag } = await pictures.get(file);
          return { type: "image/png", body: bytes, headers: { etag, "cache-control": KEPT } };
        }).catch((error: unknown) => {
          if (!(error instanceof PageError)) throw error;
          return { status: 404, type: "image/svg+xml", body: missing(error.message) };
        });
      },
    },
    {
      method: "GET",
      path: "/cartridges/:id.png",
      handle: async (request) => {
        const file = await find(request);
        return explained(async () => ({
          type: "application/octet-stream",
          body: await readCartridgeFile(file),
          headers: {
            etag: etagOf(file),
            "cache-control": KEPT,
            "content-disposition": `attachment; filename="${file.key.replaceAll(/[^\w.-]/g, "_")}"`,
          },
        }));
      },
    },
  ];
}

/** Returns a picture that says why there is none. */
function missing(reason: string): string {
  const picture = html`<svg xmlns="http://www.w3.org/2000/svg" width="256" height="128">
    <title>${reason}</title>
    <text x="128" y="68" fill="#9aa4b1" font-family="sans-serif" font-size="12" text-anchor="middle">
      cannot be shown
    </text>
  </svg>`;
  return picture.toString();
}
