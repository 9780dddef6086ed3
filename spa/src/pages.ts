/**
 * The pages of one browser: they share its cookie. Once somebody else has logged in by one of them,
 * what is written in another would go out in the wrong name.
 */
import type { Person } from "./payloads.ts";

/** The name of the channel that Gatehouse's pages share. */
export const PAGES = "gatehouse";

/** Whether both are one person, of one tenant. */
export const isSame = (one: Person | null, other: Person): boolean =>
  one?.sub === other.sub && one.tenantId === other.tenantId;

/**
 * Tell the other pages that `person` is logged in, as the server has just said. `onAnother` is called
 * when one of them tells the same of somebody else, later.
 */
export function tellPages(channel: BroadcastChannel, person: Person, onAnother: () => void): void {
  channel.onmessage = ({ data }: MessageEvent<Person>) => {
    if (!isSame(data, person)) onAnother();
  };
  channel.postMessage(person);
}
