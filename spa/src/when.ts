/** Times as people say them. Everything takes `now`; all in seconds since the epoch. */

const DAY_S = 86_400;

/** "just now", "5 min ago", "14:05" for today, "Mon" within a week, else a date. */
export function ago(at: number, now: number): string {
  const age = Math.max(0, now - at);
  if (age < 60) return "just now";
  if (age < 3600) return `${Math.floor(age / 60)} min ago`;
  const date = new Date(at * 1000);
  const days = daysBetween(at, now);
  if (days === 0) return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (days < 7) return date.toLocaleDateString([], { weekday: "short" });
  return date.toLocaleDateString([], { day: "numeric", month: "short" });
}

/** The heading a chat of that age stands under. */
export function period(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return days < 7 ? "Earlier this week" : "Older";
}

/** Midnights between the two instants, by the person's own calendar. */
function daysBetween(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / DAY_S);
}

function midnight(at: number): number {
  return new Date(at * 1000).setHours(0, 0, 0, 0) / 1000;
}
