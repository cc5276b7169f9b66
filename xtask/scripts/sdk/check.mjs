// Drives a running Majlis with OpenAI's package for Node: `node check.mjs URL`.
import assert from "node:assert/strict";
import OpenAI, { NotFoundError } from "openai";

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "anything", maxRetries: 0 });
const messages = [{ role: "user", content: "Say hello." }];
const said = "Hello from the model.";

const models = await client.models.list();
assert(models.data.some((model) => model.id === "mock/words"));

const whole = await client.chat.completions.create({ model: "mock/words", messages });
assert.equal(whole.choices[0].message.content, said);
assert.equal(whole.usage.total_tokens, 16);

const stream = client.chat.completions.stream({
  model: "mock/words", messages, stream_options: { include_usage: true },
});
const final = await stream.finalChatCompletion();
assert.equal(final.choices[0].message.content, said);
assert.equal(final.usage.total_tokens, 16);

const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
const called = await client.chat.completions
  .stream({ model: "mock/tools", messages, tools })
  .finalChatCompletion();
assert.deepEqual(JSON.parse(called.choices[0].message.tool_calls[0].function.arguments), { city: "Amman" });

const response = await client.responses.create({ model: "mock/words", input: "Say hello." });
assert.equal(response.output_text, said);

await assert.rejects(
  client.chat.completions.create({ model: "nobody/x", messages }),
  (error) => error instanceof NotFoundError && error.code === "model_not_found",
);
