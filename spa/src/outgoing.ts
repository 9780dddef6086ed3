/** What a turn sends to the agent: AG-UI's RunAgentInput, made from the conversation so far. */
import type { Message } from "@ag-ui/core";
import type { RunInput } from "./api.ts";
import type { Conversation } from "./conversation.ts";
import type { Item } from "./item.ts";

/**
 * The most of the conversation that is sent along, in characters. The server takes 1 MiB; an agent
 * that keeps its own history needs none of it, so the oldest turns are left out first.
 */
export const MAX_HISTORY_CHARS = 200_000;

/** The input of one run. Ids are made by the caller. */
export function runInput(
  c: Conversation,
  { threadId, runId, prompt }: { threadId: string; runId: string; prompt: string | null },
): RunInput {
  return {
    threadId: c.threadId ?? threadId,
    runId,
    messages: recent(messagesOf(c.items)),
    tools: [],
    context: [],
    state: {},
    forwardedProps: {},
    ...(prompt === null ? {} : { prompt }),
  };
}

/** Ask only for what the agent remembers: no messages, so there is nothing to answer. */
export function recallInput(threadId: string, runId: string): RunInput {
  const nothing = { tools: [], context: [], state: {}, forwardedProps: {} } as const;
  return { threadId, runId, messages: [], ...nothing };
}

function messagesOf(items: readonly Item[]): readonly Message[] {
  return items.flatMap((item): readonly Message[] => {
    if (item.kind === "raw") return [];
    if (item.kind === "text") {
      return item.text === "" ? [] : [{ id: item.id, role: item.role, content: item.text }];
    }
    // A call without its answer makes a history that models refuse: both or none.
    if (item.result === null) return [];
    const call = { name: item.name, arguments: item.args };
    return [
      {
        id: `call-${item.id}`,
        role: "assistant",
        toolCalls: [{ id: item.id, type: "function", function: call }],
      },
      { id: `result-${item.id}`, role: "tool", toolCallId: item.id, content: item.result },
    ];
  });
}

/** The newest messages that fit, beginning with something the person said. */
function recent(messages: readonly Message[]): readonly Message[] {
  let left = MAX_HISTORY_CHARS;
  let from = messages.length - 1;
  for (let at = from; at >= 0; at -= 1) {
    left -= JSON.stringify(messages[at]).length;
    if (left < 0) break;
    if (messages[at]?.role === "user") from = at;
  }
  return messages.slice(Math.max(0, from));
}
