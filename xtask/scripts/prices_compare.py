#!/usr/bin/env python3
"""Compares Majlis' costs with what genai-prices itself computes, for every model it knows.

Not part of the tests: it installs the package with pip into target/prices/venv. The questions are
every model under every name its rules spell out, times moments, usages and request properties.
Prints what agrees and, by kind, what differs; ends with 1 if a difference has no reason.
"""

import collections
import datetime
import itertools
import json
import os
import re
import subprocess
import sys
import venv
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import prices  # noqa: E402

VENV = prices.CACHE / "venv"

USAGES = [
    dict(zip(("fresh", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"), tokens))
    for tokens in [
        (0, 0, 0, 0, 0, 0),
        (1, 0, 0, 0, 0, 0),
        (1234, 0, 0, 0, 567, 0),
        (1234, 10, 0, 0, 567, 89),
        (1000, 2000, 3000, 0, 4000, 0),
        (1000, 2000, 0, 3000, 4000, 5000),
        (99_000, 500, 300, 200, 1, 1),
        (99_000, 500, 300, 201, 1, 1),
        (199_999, 0, 0, 0, 10, 0),
        (200_000, 0, 0, 0, 10, 0),
        (200_001, 0, 0, 0, 10, 0),
        (1, 271_999, 0, 0, 10, 7),
        (2, 271_999, 0, 0, 10, 7),
        (5_000_000, 1_000_000, 100, 100, 1_000_000, 1_000_000),
    ]
]
MOMENTS = ["2023-06-01T12:00:00", "2025-06-09T23:59:59", "2025-06-10T00:00:00", "2026-03-12T23:59:59",
           "2026-03-13T00:00:00", "2026-11-22T03:59:59", "2026-11-22T04:00:00", "2026-11-22T17:00:00",
           "2027-02-01T06:30:00"]


def main():
    python = VENV / "bin" / "python"
    if os.environ.get("PRICES_COMPARE") != "1":
        if not python.exists():
            venv.create(VENV, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        f"{prices.PACKAGE}=={prices.VERSION}"], check=True)
        environment = os.environ | {"PRICES_COMPARE": "1"}
        sys.exit(subprocess.run([python, __file__], env=environment, check=False).returncode)
    compare()


def compare():
    from genai_prices import data, data_snapshot

    snapshot = data_snapshot.DataSnapshot(providers=data.providers, from_auto_update=False)
    questions = list(ask_everything(data.providers))
    lines = "".join(json.dumps(ours(*question)) + "\n" for question in questions)
    command = ["cargo", "run", "--quiet", "-p", "majlis-llm", "--example", "price"]
    answers = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True, cwd=prices.ROOT)
    tally, examples = collections.Counter(), collections.defaultdict(list)
    for question, line in zip(questions, answers.stdout.splitlines(), strict=True):
        kind = judge(snapshot, question, json.loads(line))
        tally[kind] += 1
        if len(examples[kind]) < 5:
            examples[kind].append((question, line[:300]))
    for kind, count in tally.most_common():
        print(f"{count:9,} {kind}")
    for kind in [kind for kind in tally if kind.startswith("DIFFERS")]:
        print(kind, *examples[kind], sep="\n  ")
    sys.exit(any(kind.startswith("DIFFERS") for kind in tally))


def ask_everything(providers):
    for provider in providers:
        for model in provider.models:
            contexts = {json.dumps(variant.when, sort_keys=True) for variant in model.price_variants or []}
            contexts = [{}] + [json.loads(text) for text in sorted(contexts)]
            names = {model.id} | set(names_of(model.match))
            names = sorted(name for name in names if name and not any(sign.isspace() for sign in name))
            # Every usage at every moment under the model's own name; one of each under the others.
            changes = isinstance(model.prices, list) or model.price_variants
            moments = MOMENTS if changes else MOMENTS[5:6]
            for moment, context, usage in itertools.product(moments, contexts, USAGES):
                yield provider.id, model.id, moment, context, usage
            for name in names:
                yield provider.id, name, MOMENTS[5], {}, USAGES[5]
        # What one provider lends to another, and what nobody has.
        lent = [model.id for other in providers if other.id in (provider.fallback_model_providers or [])
                for model in other.models]
        for name in [*lent, "no-such-model", provider.id, "gpt", "claude", "ft:gpt-4o-2024-08-06:org::id"]:
            yield provider.id, name, MOMENTS[5], {}, USAGES[4]


def names_of(clause):
    """Names a matching rule spells out, and names that nearly fit."""
    for part in getattr(clause, "or_", None) or getattr(clause, "and_", None) or []:
        yield from names_of(part)
    for field in ("equals", "starts_with", "ends_with", "contains"):
        text = getattr(clause, field, None)
        if text is not None:
            yield from (text, text.upper(), text + "-2025-12-11", text + "-20251211", text + "-tts", "x" + text)
    if regex := getattr(clause, "regex", None):
        text = re.sub(r"\\d\{(\d+)\}", lambda match: "2" * int(match[1]), regex)
        text = re.sub(r"\(\?!.*$|\(typesafe/\)\?|[\^$\\]", "", text).replace("[-@]", "@")
        yield from (text, text + "-x", text[:-1], text.replace("\\d", "7"))


def ours(provider, name, moment, context, usage):
    at = datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.timezone.utc)
    return {
        "model": f"{provider}/{name}",
        "at_unix_ms": int(at.timestamp() * 1000),
        "usage": {f"{key}_tokens": value for key, value in usage.items()},
        "request": context,
    }


def theirs(snapshot, provider, name, moment, context, usage):
    """Their cost in pico-dollars and the classes they charged, or None for an unknown model."""
    from genai_prices import Usage

    written = usage["cache_write_5m"] + usage["cache_write_1h"]
    counted = Usage(
        input_tokens=usage["fresh"] + usage["cache_read"] + written,
        cache_read_tokens=usage["cache_read"],
        cache_write_tokens=written,
        cache_write_5m_tokens=usage["cache_write_5m"],
        cache_write_1h_tokens=usage["cache_write_1h"],
        output_tokens=usage["output"] + usage["reasoning"],
        output_reasoning_tokens=usage["reasoning"],
    )
    at = datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.timezone.utc)
    try:
        result = snapshot.calc(counted, name, provider, None, at, context or None)
    except LookupError:
        return None
    return result.total_price * 10**12, result.model_price.__dict__


def judge(snapshot, question, answer):
    usage = question[-1]
    expected = theirs(snapshot, *question)
    cost = answer["cost_pusd"]
    if expected is None:
        return "agree: both do not know the model" if answer["row"] is None else "DIFFERS: only we know the model"
    price, classes = expected
    known = set(classes) & set(prices.CLASSES)
    if cost is None:
        if not known:
            return "by design unknown: priced by nothing we count, or by nothing at all (they: other units 0, or 0)"
        if usage["output"] + usage["reasoning"] and "output_mtok" not in known:
            return "by design unknown: output without a price (they: 0)"
        if "input_mtok" not in known:
            return "by design unknown: input without a price (they: 0)"
        return "DIFFERS: only they know the cost"
    difference = abs(Decimal(cost) - price)
    if difference == 0:
        return "agree: equal to the last pico-dollar" if known else "agree: known to be free"
    if blurred(classes) and difference <= sum(usage.values()):
        return "by design rounded: the source holds a blurred binary float (less than a pico-dollar a token)"
    return "DIFFERS: another cost"


def blurred(classes):
    return any(len(price.as_tuple().digits) > 13 for price in classes.values() if isinstance(price, Decimal))


if __name__ == "__main__":
    main()
