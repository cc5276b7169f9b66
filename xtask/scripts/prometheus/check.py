"""Holds deploy/ against a real Prometheus and the running program.

usage: check.py MAJLIS WORLD

promtool checks what /metrics says, the rules and their tests; Prometheus scrapes the program; every
expression of the dashboard and of the rules is evaluated against that scrape. Uses only Python's
standard library.
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

RULES = pathlib.Path("deploy/prometheus")
DASHBOARD = pathlib.Path("deploy/grafana/majlis.json")
# How long something may take that takes a second.
PATIENCE_S = 60
# What a dashboard may be empty of on a machine where nobody asked a model.
NEEDS_CALLS = re.compile(r"gen_ai_|majlis_provider_calls|majlis_cost_usd|majlis_alerts_firing > 0")


def fetch(url, body=None):
    headers = {"content-type": "application/json"} if body is not None else {}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        return answer.read()


def until(what, look):
    """Waits for something another program does."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, urllib.error.URLError):
            found = look()
            if found:
                return found
        time.sleep(0.1)
    raise SystemExit(f"{what} did not come within {PATIENCE_S} s")


def promtool(*arguments, text=None, folder=None):
    subprocess.run(["promtool", *arguments], input=text, cwd=folder, check=True)


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def majlis(program, world):
    config = world / "majlis.toml"
    config.write_text("[discovery]\nlocal = false\n")
    environment = dict(os.environ, HOME=str(world), MAJLIS_CONFIG=str(config),
                       MAJLIS_DATA_DIR=str(world / "data"), MAJLIS_MODELS_DIR=str(world / "models"))
    command = [program, "serve", "--port", "0", "--no-open"]
    log = (world / "majlis.log").open("w")
    with running(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        line = process.stdout.readline()
        if " at " not in line:
            raise SystemExit(f"majlis did not start: {line}{(world / 'majlis.log').read_text()}")
        yield line.split(" at ")[1].strip()


def exercise(url):
    """Something for every metric that needs no provider."""
    answers = [{"type": "pasted", "name": name, "text": f"The cache holds {n} entries."} for name, n in (("a", 1), ("b", 2))]
    fetch(f"{url}/api/v1/consultations", {"question": "How many?", "members": answers})
    fetch(f"{url}/api/v1/models")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def prometheus(target, world):
    port = free_port()
    text = (RULES / "prometheus.yml").read_text()
    text = text.replace("localhost:7777", target).replace("15s", "1s")
    text = text.replace("rules.yml", str((RULES / "rules.yml").resolve()))
    config = world / "prometheus.yml"
    config.write_text(text)
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={world / 'tsdb'}",
               f"--web.listen-address=127.0.0.1:{port}"]
    log = (world / "prometheus.log").open("w")
    with running(command, stdout=log, stderr=log):
        yield f"http://127.0.0.1:{port}"


def query(server, expression):
    address = f"{server}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        return json.loads(fetch(address))["data"]["result"]
    except urllib.error.HTTPError as error:
        if error.code != 400:
            raise
        raise SystemExit(f"{expression}: {error.read().decode()}") from error


def expressions():
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m")


def main(program, world):
    world = pathlib.Path(world)
    world.mkdir(parents=True)
    promtool("check", "config", "prometheus.yml", folder=RULES)
    promtool("check", "rules", "rules.yml", folder=RULES)
    promtool("test", "rules", "rules_test.yml", folder=RULES)
    with majlis(program, world) as url:
        exercise(url)
        promtool("check", "metrics", text=fetch(f"{url}/metrics"))
        with prometheus(url.removeprefix("http://"), world) as server:
            until("a scrape", lambda: query(server, 'up{job="majlis"} == 1'))
            known = json.loads(fetch(f"{server}/api/v1/metadata"))["data"]
            print(f"{len(known)} metrics scraped")
            # A rate needs two scrapes.
            until("a second scrape", lambda: query(server, "count_over_time(majlis_build_info[1m]) >= 3"))
            count = 0
            for title, expression in expressions():
                found = query(server, expression)
                if not found and not NEEDS_CALLS.search(expression) and "budget_limit" not in expression:
                    if not re.search(r"\[45\]", expression):
                        raise SystemExit(f"{title}: nothing for {expression}")
                count += 1
            firing = [alert["labels"]["alertname"] for alert in json.loads(fetch(f"{server}/api/v1/alerts"))["data"]["alerts"] if alert["state"] == "firing"]
            rules = json.loads(fetch(f"{server}/api/v1/rules"))["data"]["groups"][0]["rules"]
            sick = [rule["name"] for rule in rules if rule["health"] == "err"]
            if sick or firing:
                raise SystemExit(f"rules that fail: {sick}; alerts that fire: {firing}")
            print(f"{count} expressions and {len(rules)} rules evaluated")


if __name__ == "__main__":
    main(*sys.argv[1:])
