/** The page's places and their paths. The server answers every one of them with the same page. */

export type Place =
  | { readonly kind: "new" }
  | { readonly kind: "chat"; readonly id: string }
  /** Where a second window ends up that was opened only to log in again. */
  | { readonly kind: "logged-in" };

/** The place `path` leads to. A path that leads nowhere leads to a new chat. */
export function placeOf(path: string): Place {
  if (path === "/logged-in") return { kind: "logged-in" };
  const id = /^\/chats\/([A-Za-z0-9_-]{1,128})\/?$/.exec(path)?.[1];
  return id === undefined ? { kind: "new" } : { kind: "chat", id };
}

export function pathOf(place: Place): string {
  if (place.kind === "chat") return `/chats/${encodeURIComponent(place.id)}`;
  return place.kind === "logged-in" ? "/logged-in" : "/";
}

/** The login page that leads back to `path`. `login` is what the server named, if it did. */
export function loginPath(path: string, login: string | null = null): string {
  const url = new URL(login ?? "/auth/login", "http://here");
  url.searchParams.set("return_to", path);
  return `${url.pathname}${url.search}`;
}
