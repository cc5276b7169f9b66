"""A real llama.cpp server for the tests in llamacpp.rs.

usage: python3 llamacpp_server.py MODEL.gguf PORT

Needs the PyPI package xllamacpp. Prints "READY http://127.0.0.1:PORT" on a line of its own once the
server answers, and serves until its standard input ends or it is stopped.
"""

import sys
import time
import urllib.error
import urllib.request


def is_serving(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/health", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def main() -> int:
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    try:
        import xllamacpp
    except ImportError:
        print("the PyPI package xllamacpp is missing: pip install xllamacpp", file=sys.stderr)
        return 1
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.hostnames = ["127.0.0.1"]
    params.port = int(sys.argv[2])
    params.n_ctx = 2048
    params.n_parallel = 1
    params.cpuparams.n_threads = 2
    server = xllamacpp.Server(params)  # serves from a thread of its own while it lives
    url = f"http://127.0.0.1:{params.port}"
    deadline = time.monotonic() + 120
    while not is_serving(url):
        if time.monotonic() > deadline:
            print(f"no answer at {url}/health within 120 s", file=sys.stderr)
            return 1
        time.sleep(0.2)
    print(f"READY {url}", flush=True)
    sys.stdin.read()
    del server
    return 0


if __name__ == "__main__":
    sys.exit(main())
