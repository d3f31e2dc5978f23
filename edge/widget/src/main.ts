/** Defines the element once, however often the script is loaded. */

import { PrilavokChat } from "./element.ts";

if (!customElements.get("prilavok-chat")) customElements.define("prilavok-chat", PrilavokChat);
