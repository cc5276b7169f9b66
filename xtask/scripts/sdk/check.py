"""Drives a running Majlis with the SDKs of OpenAI and Anthropic and with `llm`, as their users do.

    check.py MAJLIS FOLDER NODE_SCRIPT_FOLDER

Each check is a function; one that fails says why and ends the program with 1. No network is used.
"""

import json
import os
import subprocess
import sys
import traceback
import urllib.request
from pathlib import Path

import anthropic
import openai

import upstream

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
           "additionalProperties": False}
SAID = "Hello from the model."
ASK = [{"role": "user", "content": "Say hello."}]


class World:
    """A Majlis of its own, with one provider."""

    def __init__(self, majlis, folder):
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.provider = upstream.start()
        port = self.provider.server_address[1]
        (self.folder / "majlis.toml").write_text(
            "[discovery]\nlocal = false\n"
            "[limits]\npaid_per_min = 0\n"
            f'[providers.mock]\nbase_url = "http://127.0.0.1:{port}/v1"\nallow_private = true\n'
            '[prices."mock/*"]\ninput = "1"\noutput = "2"\n'
            '[council]\nmembers = ["mock/words:2"]\n'
            '[presets.pair]\nmembers = ["mock/words:2"]\n'
        )
        self.environment = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "MAJLIS_DATA_DIR": str(self.folder / "data"),
            "MAJLIS_CONFIG": str(self.folder / "majlis.toml"),
        }
        for name in ("LLVM_PROFILE_FILE",):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.process = subprocess.Popen(
            [Path(majlis).resolve(), "serve", "--port", "0", "--no-open"],
            env=self.environment, cwd=self.folder, stdout=subprocess.PIPE, text=True,
        )
        self.url = self.process.stdout.readline().rsplit(" ", 1)[1].strip()
        self.openai = openai.OpenAI(base_url=f"{self.url}/v1", api_key="anything", max_retries=0)
        self.anthropic = anthropic.Anthropic(base_url=self.url, api_key="anything", max_retries=0)

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as answer:
            return json.load(answer)

    def end(self):
        self.process.terminate()
        assert self.process.wait(20) == 0, "serve ended badly"


def models_are_listed(world):
    ids = {model.id for model in world.openai.models.list()}
    assert {"mock/words", "majlis/council", "majlis/pair"} <= ids, ids
    assert world.openai.models.retrieve("mock/words").owned_by == "mock"


def a_chat_is_answered(world):
    reply = world.openai.chat.completions.create(
        model="mock/words", messages=[{"role": "developer", "content": "Be brief."}, *ASK],
        max_completion_tokens=50, stop=["END"], seed=7, user="me", metadata={"a": "b"},
        extra_body={"unheard_of": True},
    )
    assert reply.choices[0].message.content == SAID, reply
    assert reply.choices[0].finish_reason == "stop"
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (12, 4)
    assert reply.majlis["cost_usd"] == "0.00002", reply.majlis
    sent = world.provider.requests[-1]
    assert sent["stop"] == ["END"] and sent["seed"] == 7 and "unheard_of" not in sent, sent


def a_chat_is_streamed(world):
    chunks = list(world.openai.chat.completions.create(
        model="mock/words", messages=ASK, stream=True, stream_options={"include_usage": True},
    ))
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == SAID, text
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 16
    assert chunks[-2].choices[0].finish_reason == "stop"


def functions_are_called_and_answered(world):
    function = {"name": "weather", "parameters": WEATHER, "strict": True}
    tools = [{"type": "function", "function": function}]
    messages = [{"role": "user", "content": "Weather in Amman?"}]
    with world.openai.chat.completions.stream(
        model="mock/tools", messages=messages, tools=tools, tool_choice="auto",
    ) as stream:
        reply = stream.get_final_completion()
    call = reply.choices[0].message.tool_calls[0]
    assert json.loads(call.function.arguments) == {"city": "Amman"}, call
    messages += [reply.choices[0].message.model_dump(exclude_none=True),
                 {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    done = world.openai.chat.completions.create(model="mock/tools", messages=messages, tools=tools)
    assert done.choices[0].message.content == "It is sunny."


def hanging_up_ends_the_request_upstream(world):
    with world.openai.chat.completions.create(
        model="mock/endless", messages=ASK, stream=True,
    ) as stream:
        for number, _ in enumerate(stream):
            if number == 3:
                break
    assert world.provider.hung_up.wait(10), "the provider still answers"


def refusals_are_the_sdks_own_errors(world):
    for kind, call in [
        (openai.NotFoundError, lambda: world.openai.chat.completions.create(model="nobody/x", messages=ASK)),
        (openai.BadRequestError, lambda: world.openai.chat.completions.create(model="mock/words", messages=[])),
        (openai.NotFoundError, lambda: world.openai.models.retrieve("nobody/x")),
        (anthropic.NotFoundError, lambda: world.anthropic.messages.create(model="nobody/x", max_tokens=9, messages=ASK)),
    ]:
        try:
            call()
        except kind as error:
            assert error.response.headers["x-request-id"], error
        else:
            raise AssertionError(f"no {kind.__name__}")
    try:
        world.openai.chat.completions.create(model="mock/busy", messages=ASK)
    except openai.RateLimitError as error:
        assert error.code == "rate_limit_exceeded", error
        assert int(error.response.headers["retry-after"]) >= 1, error.response.headers
    else:
        raise AssertionError("no RateLimitError")


def responses_are_answered(world):
    reply = world.openai.responses.create(model="mock/words", input="Say hello.", instructions="Be brief.")
    assert (reply.output_text, reply.status) == (SAID, "completed"), reply
    assert reply.usage.total_tokens == 16
    with world.openai.responses.stream(model="mock/words", input=ASK) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert final.output_text == SAID and kinds[0] == "response.created", kinds
    assert kinds[-1] == "response.completed", kinds
    tools = [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": False}]
    reply = world.openai.responses.create(model="mock/tools", input="Weather?", tools=tools)
    call = reply.output[-1]
    assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "weather", {"city": "Amman"})


def messages_are_answered(world):
    reply = world.anthropic.messages.create(model="mock/words", max_tokens=50, system="Be brief.", messages=ASK)
    assert reply.content[0].text == SAID and reply.stop_reason == "end_turn", reply
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (12, 4)
    with world.anthropic.messages.stream(model="mock/words", max_tokens=50, messages=ASK) as stream:
        assert "".join(stream.text_stream) == SAID
        assert stream.get_final_message().usage.output_tokens == 4
    tools = [{"name": "weather", "input_schema": WEATHER}]
    with world.anthropic.messages.stream(model="mock/tools", max_tokens=50, messages=ASK, tools=tools) as stream:
        call = stream.get_final_message().content[-1]
    assert (call.type, call.input) == ("tool_use", {"city": "Amman"}), call
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
    done = world.anthropic.messages.create(
        model="mock/tools", max_tokens=50, tools=tools,
        messages=[*ASK, {"role": "assistant", "content": [call.model_dump()]},
                  {"role": "user", "content": [result]}],
    )
    assert done.content[0].text == "It is sunny.", done
    count = world.anthropic.messages.count_tokens(model="mock/words", messages=ASK)
    assert count.input_tokens > 0


def councils_are_models(world):
    for model in ["majlis/council", "majlis/pair"]:
        reply = world.openai.chat.completions.create(model=model, messages=ASK)
        assert reply.choices[0].message.content, reply
        assert len(reply.majlis["answers"]) == 2, reply.majlis
        assert reply.usage.prompt_tokens == 24, reply.usage


def the_llm_command_line_works(world):
    folder = world.folder / "llm"
    folder.mkdir()
    (folder / "extra-openai-models.yaml").write_text(
        f"- model_id: majlis-words\n  model_name: mock/words\n  api_base: {world.url}/v1\n"
    )
    program = Path(sys.executable).with_name("llm")
    for arguments in ([], ["--no-stream"]):
        said = subprocess.run(
            [program, "-m", "majlis-words", "-n", "--key", "anything", *arguments, "Say hello."],
            env={**world.environment, "LLM_USER_PATH": str(folder)}, check=True,
            capture_output=True, text=True, timeout=40,
        )
        assert said.stdout.strip() == SAID, said


def the_node_package_works(world, scripts):
    subprocess.run(["node", Path(scripts) / "check.mjs", world.url], check=True, timeout=40)


def everything_is_in_the_ledger(world):
    costs = world.get("/api/v1/costs?group_by=kind")
    groups = {group["key"]: group for group in costs["groups"]}
    assert groups["relay"]["calls"] >= 15, groups
    assert groups["consultation"]["calls"] == 4, groups


CHECKS = [
    models_are_listed, a_chat_is_answered, a_chat_is_streamed, functions_are_called_and_answered,
    hanging_up_ends_the_request_upstream, refusals_are_the_sdks_own_errors, responses_are_answered,
    messages_are_answered, councils_are_models, the_llm_command_line_works,
]


def main(majlis, folder, scripts):
    world = World(majlis, folder)
    failed = 0
    checks = [(check, (world,)) for check in CHECKS]
    checks += [(the_node_package_works, (world, scripts)), (everything_is_in_the_ledger, (world,))]
    for check, arguments in checks:
        try:
            check(*arguments)
            print(f"ok   {check.__name__}")
        except Exception:
            failed += 1
            print(f"FAIL {check.__name__}")
            traceback.print_exc()
    world.end()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
