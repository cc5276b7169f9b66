"""A provider on this machine that speaks OpenAI's chat format, for the tests of /v1."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODELS = ["words", "tools", "busy", "endless"]


def chunk(delta, reason=None, usage=None):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": reason}]
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "mock-1",
            "choices": choices, "usage": usage}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        data = [{"id": model, "object": "model"} for model in MODELS]
        self.whole(200, {"object": "list", "data": data})

    def do_POST(self):
        length = int(self.headers["content-length"])
        request = json.loads(self.rfile.read(length))
        self.server.requests.append(request)
        if request["model"] == "busy":
            error = {"error": {"message": "slow down", "type": "rate_limit_error"}}
            self.whole(429, error, {"retry-after": "7"})
        else:
            self.stream(request)

    def whole(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, request):
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        try:
            for piece in answer(request):
                self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")
        except (BrokenPipeError, ConnectionResetError):
            self.server.hung_up.set()


def answer(request):
    if request["model"] == "endless":
        while True:
            yield chunk({"content": "more "})
            time.sleep(0.01)
    results = [message for message in request["messages"] if message["role"] == "tool"]
    if request["model"] == "tools" and not results:
        call = {"index": 0, "id": "call_1", "type": "function"}
        yield chunk({"tool_calls": [{**call, "function": {"name": "weather", "arguments": ""}}]})
        yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"city":'}}]})
        yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"Amman"}'}}]})
        yield chunk({}, "tool_calls")
    elif results:
        yield chunk({"content": f"It is {results[-1]['content']}."})
        yield chunk({}, "stop")
    else:
        for word in ["Hello ", "from ", "the ", "model."]:
            yield chunk({"content": word})
        yield chunk({}, "stop")
    yield chunk(None, usage={"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16})


def start():
    """Serves on a free port; its requests and whether somebody hung up can be looked at."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.requests = []
    server.hung_up = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
