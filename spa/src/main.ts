/** Gives every element its name. The page itself comes last: it begins as soon as it has one. */
import { GhAgents } from "./elements/gh-agents.ts";
import { GhApp } from "./elements/gh-app.ts";
import { GhChatItem } from "./elements/gh-chat-item.ts";
import { GhChat } from "./elements/gh-chat.ts";
import { GhChats } from "./elements/gh-chats.ts";
import { GhCode } from "./elements/gh-code.ts";
import { GhComposer } from "./elements/gh-composer.ts";
import { GhConfirm } from "./elements/gh-confirm.ts";
import { GhDesk } from "./elements/gh-desk.ts";
import { GhFailure } from "./elements/gh-failure.ts";
import { GhLive } from "./elements/gh-live.ts";
import { GhLoggedIn } from "./elements/gh-logged-in.ts";
import { GhMessage } from "./elements/gh-message.ts";
import { GhSessionEnded } from "./elements/gh-session-ended.ts";
import { GhSessions } from "./elements/gh-sessions.ts";
import { GhThread } from "./elements/gh-thread.ts";
import { GhToast } from "./elements/gh-toast.ts";
import { GhToolCard } from "./elements/gh-tool-card.ts";
import { GhWelcome } from "./elements/gh-welcome.ts";

const define = (name: string, element: CustomElementConstructor): void =>
  customElements.define(name, element);

define("gh-code", GhCode);
define("gh-message", GhMessage);
define("gh-tool-card", GhToolCard);
define("gh-failure", GhFailure);
define("gh-live", GhLive);
define("gh-thread", GhThread);
define("gh-composer", GhComposer);
define("gh-agents", GhAgents);
define("gh-chat", GhChat);
define("gh-chat-item", GhChatItem);
define("gh-chats", GhChats);
define("gh-confirm", GhConfirm);
define("gh-toast", GhToast);
define("gh-session-ended", GhSessionEnded);
define("gh-sessions", GhSessions);
define("gh-welcome", GhWelcome);
define("gh-logged-in", GhLoggedIn);
define("gh-desk", GhDesk);
define("gh-app", GhApp);
