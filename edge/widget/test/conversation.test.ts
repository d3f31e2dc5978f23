import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Conversation, type Listener, type Turn } from "../src/conversation.ts";
import { NodeClient } from "../src/node.ts";

interface Body {
  session: string;
  language: string;
  messages: { role: string; content: string }[];
}

/** A node that answers each question as `script` says; `bodies` are what it was asked. */
async function withNode(
  script: (body: Body, response: ServerResponse, request: IncomingMessage) => void,
  run: (conversation: Conversation, seen: string[], bodies: Body[]) => Promise<void>,
): Promise<void> {
  const bodies: Body[] = [];
  const server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const body = JSON.parse(text) as Body;
      bodies.push(body);
      script(body, response, request);
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const seen: string[] = [];
  const listener: Listener = {
    added: (turn) => seen.push(`added ${turn.question}`),
    grounded: (turn) => seen.push(`cards ${turn.grounding?.cards.length}`),
    wrote: (turn) => seen.push(`text ${turn.text}`),
    ended: (turn) => seen.push(`ended ${turn.state}${turn.failure ? ` ${turn.failure.kind}` : ""}`),
    queued: (turn) => seen.push(`queued ${turn.queue?.position}`),
    erased: () => seen.push("erased"),
  };
  try {
    await run(new Conversation(new NodeClient(`http://127.0.0.1:${port}`), listener), seen, bodies);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const event = (chunk: unknown): string => `data: ${JSON.stringify(chunk)}\n\n`;
const cards = { grounding: { cards: [{ id: "a", number: 1 }], language: "en" }, choices: [{ delta: { content: "" } }] };
const text = (content: string): unknown => ({ choices: [{ delta: { content } }] });

function answer(response: ServerResponse, ...chunks: unknown[]): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end([...chunks.map(event), "data: [DONE]\n\n"].join(""));
}

test("cards come before the sentence, and the past goes along with the next question", async () => {
  await withNode(
    (_, response) => answer(response, cards, text("Möwe "), text("[1].")),
    async (conversation, seen, bodies) => {
      await conversation.ask("haircut", "de");
      await conversation.ask("cheaper", "de");
      assert.deepEqual(seen.slice(0, 5), ["added haircut", "cards 1", "text Möwe ", "text Möwe [1].", "ended done"]);
      assert.deepEqual(bodies[1]?.messages.map((one) => `${one.role}: ${one.content}`), [
        "user: haircut",
        "assistant: Möwe [1].",
        "user: cheaper",
      ]);
      assert.equal(bodies[0]?.session, bodies[1]?.session);
      assert.match(bodies[0]?.session ?? "", /^[0-9a-f]{32}$/);
    },
  );
});

test("erasing forgets the past and takes a new session", async () => {
  await withNode(
    (_, response) => answer(response, cards, text("ok")),
    async (conversation, seen, bodies) => {
      await conversation.ask("one", "en");
      conversation.erase();
      await conversation.ask("two", "en");
      assert.ok(seen.includes("erased"));
      assert.equal(bodies[1]?.messages.length, 1);
      assert.notEqual(bodies[0]?.session, bodies[1]?.session);
    },
  );
});

test("stopping ends the answer and closes the line", async () => {
  let closed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (closed = resolve));
  await withNode(
    (_, response) => {
      response.on("close", closed);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(event(cards));
      response.write(event(text("Half")));
    },
    async (conversation, seen) => {
      const asked = conversation.ask("long story", "en");
      while (!seen.includes("text Half")) await new Promise((next) => setImmediate(next));
      conversation.stop();
      await asked;
      await gone;
      assert.equal(seen.at(-1), "ended stopped");
      assert.equal(conversation.busy, false);
    },
  );
});

const refusals: [number, string, string][] = [
  [429, "busy", "busy"],
  [503, "node.starting", "starting"],
  [503, "desk.busy", "busy"],
  [400, "message.too_long", "too-long"],
  [413, "body.too_large", "too-long"],
  [500, "corrupt", "error"],
  [502, "", "offline"],
];
for (const [status, code, kind] of refusals) {
  test(`status ${status} ${code} is told as ${kind}`, async () => {
    await withNode(
      (_, response) => response.writeHead(status, { "retry-after": "9" }).end(JSON.stringify({ error: { code } })),
      async (conversation, seen) => {
        await conversation.ask("x", "en");
        assert.equal(seen.at(-1), `ended failed ${kind}`);
      },
    );
  });
}

test("a stream that breaks off keeps its cards and says so", async () => {
  await withNode(
    (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(event(cards));
      response.end();
    },
    async (conversation, seen) => {
      await conversation.ask("x", "en");
      assert.deepEqual(seen, ["added x", "cards 1", "ended failed broken"]);
    },
  );
});

test("an error in the middle of a stream is told by its code", async () => {
  await withNode(
    (_, response) => answer(response, cards, { error: { code: "node.stopping" } }),
    async (conversation, seen) => {
      await conversation.ask("x", "en");
      assert.deepEqual(seen, ["added x", "cards 1", "ended failed starting"]);
    },
  );
});

test("nonsense from the node is a failure, not an exception", async () => {
  await withNode(
    (_, response) => response.writeHead(200).end("data: {nonsense\n\n"),
    async (conversation, seen) => {
      await conversation.ask("x", "en");
      assert.equal(seen.at(-1), "ended failed broken");
    },
  );
});

test("a node that is not there is offline, and retry asks the same again", async () => {
  const questions: string[] = [];
  const listener: Listener = {
    added: (turn: Turn) => questions.push(turn.question),
    grounded: () => undefined,
    wrote: () => undefined,
    ended: (turn: Turn) => questions.push(turn.failure?.kind ?? "fine"),
    queued: () => undefined,
    erased: () => undefined,
  };
  const conversation = new Conversation(new NodeClient("http://127.0.0.1:9"), listener);
  await conversation.ask("still here", "en");
  await conversation.retry("en");
  assert.deepEqual(questions, ["still here", "offline", "still here", "offline"]);
  assert.equal(conversation.turns.length, 1);
});

test("a place in the queue is told while a question waits, and forgotten when its cards come", async () => {
  await withNode(
    (_, response) => answer(response, { id: "r1", queue: { position: 2, expected_wait_s: 9 } }, { id: "r1", queue: { position: 1, expected_wait_s: 4 } }, { id: "r1", ...cards }),
    async (conversation, seen) => {
      await conversation.ask("x", "en");
      assert.deepEqual(seen, ["added x", "queued 2", "queued 1", "cards 1", "ended done"]);
      assert.equal(conversation.last?.queue, null);
      assert.equal(conversation.last?.id, "r1");
    },
  );
});

test("a changed question takes the place of the old one and of all after it", async () => {
  await withNode(
    (_, response) => answer(response, cards, text("fine")),
    async (conversation, _, bodies) => {
      for (const question of ["one", "two", "three"]) await conversation.ask(question, "en");
      await conversation.edit(conversation.turns[1]!, "other", "en");
      assert.deepEqual(conversation.turns.map((turn) => turn.question), ["one", "other"]);
      assert.deepEqual(bodies.at(-1)?.messages.map((message) => message.content), ["one", "fine", "other"]);
    },
  );
});

test("a conversation that was put away goes on under its session", async () => {
  await withNode(
    (_, response) => answer(response, cards, text("fine")),
    async (conversation, _, bodies) => {
      await conversation.ask("one", "en");
      const saved = JSON.parse(JSON.stringify(conversation.save())) as ReturnType<typeof conversation.save>;
      conversation.erase();
      conversation.resume(saved);
      await conversation.ask("two", "en");
      assert.equal(bodies[0]?.session, bodies[1]?.session);
      assert.equal(bodies[1]?.messages.length, 3);
    },
  );
});
