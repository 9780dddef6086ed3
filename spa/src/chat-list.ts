/** The list of chats as it is read: newest first, under the heading of their day. */
import { Chat } from "./chat.ts";
import type { ChatEntry } from "./payloads.ts";
import { ago, period } from "./when.ts";
import type { Workspace } from "./workspace.ts";

export interface ChatLine {
  readonly id: string;
  readonly title: string;
  readonly agentTitle: string;
  readonly when: string;
  readonly current: boolean;
  readonly busy: boolean;
}

/** Chats that stand under one heading. */
export interface ChatGroup {
  readonly heading: string;
  readonly lines: readonly ChatLine[];
}

/** `now` in seconds since the epoch. */
export function chatGroups(workspace: Workspace, now: number): readonly ChatGroup[] {
  const groups = new Map<string, ChatLine[]>();
  for (const entry of workspace.chats.toSorted((a, b) => b.updatedAt - a.updatedAt)) {
    const heading = period(entry.updatedAt, now);
    const lines = groups.get(heading) ?? [];
    groups.set(heading, lines);
    lines.push(lineOf(entry, workspace, now));
  }
  return [...groups].map(([heading, lines]) => ({ heading, lines }));
}

function lineOf(entry: ChatEntry, workspace: Workspace, now: number): ChatLine {
  const { shown } = workspace;
  return {
    id: entry.id,
    title: workspace.titleOf(entry),
    agentTitle: workspace.agentOf(entry.agent)?.title ?? entry.agent,
    when: ago(entry.updatedAt, now),
    current: shown instanceof Chat && shown.id === entry.id,
    busy: workspace.isBusy(entry.id),
  };
}
