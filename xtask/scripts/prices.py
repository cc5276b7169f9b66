#!/usr/bin/env python3
"""Writes crates/majlis-llm/data/prices.json from the PyPI package genai-prices (MIT).

The package is fetched by pip with a pinned checksum and is never imported: its data file is read
as a syntax tree, so that no foreign code runs, nothing else needs to be installed, and every
price is taken from the digits of the source text. Same package in, same bytes out.

    prices.py            regenerate the committed files
    prices.py --check    regenerate in memory and fail if the committed files differ
    prices.py --wheel F  use a wheel that is already on disk (its checksum is still verified)

What it understands is listed in the tables below; whatever it does not understand stops it.
"""

import argparse
import ast
import collections
import fnmatch
import hashlib
import itertools
import json
import re
import subprocess
import sys
import zipfile
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path

try:
    from re import _constants as sre_constants
    from re import _parser as sre_parser
except ImportError:  # Python before 3.11
    import sre_constants
    import sre_parse as sre_parser

PACKAGE = "genai-prices"
VERSION = "0.2.3"
SHA256 = "56976ce2b04ec206117f7d0e53f4849211a6724ab3a12119afec304eba63ee25"
# The day this version was the newest. Change it together with VERSION and SHA256.
AS_OF = "2026-11-22"

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "crates" / "majlis-llm" / "data"
CACHE = ROOT / "target" / "prices"

# Source key -> (our key, pico-dollars per unit of ours for one dollar of theirs).
# A dollar per million tokens is a million pico-dollars per token.
CLASSES = {
    "input_mtok": ("input", 10**6),
    "cache_read_mtok": ("cache_read", 10**6),
    "cache_write_mtok": ("cache_write", 10**6),
    "cache_write_5m_mtok": ("cache_write_5m", 10**6),
    "cache_write_1h_mtok": ("cache_write_1h", 10**6),
    "output_mtok": ("output", 10**6),
    "output_reasoning_mtok": ("reasoning", 10**6),
    "requests_kcount": ("request", 10**9),
}

# Units a text conversation has none of. They are left out, and counted in the file's head.
LEFT_OUT = re.compile(
    r"web_searches_kcount|storage_searches_kcount|social_searches_kcount|code_executions_kcount"
    r"|rerank_searches_kcount|input_text_messages_kcount|input_mchars|output_citation_mtok"
    r"|(input_|output_)?audio_hours|input_gpixels|input_(annotated_)?document_kpages"
    r"|(input|output|cache)_(text|audio|image|video)_(\w+_)?mtok"
)

# The source writes "free" and "not priced per token" the same way: an empty price. Only what is
# known to be free becomes zero; the rest stays unknown. Known are names ending in `:free`, entries
# whose comment says so, and these, free of charge in the Gemini API's price list (2026-11-22).
FREE_SUFFIX = ":free"
FREE_COMMENT = re.compile(r"free of charge|included in the subscription", re.IGNORECASE)
FREE_REVIEWED = {("google", "gemma-3"), ("google", "gemma-3n")}


CHARACTER_CLASSES = (sre_constants.ANY, sre_constants.IN, sre_constants.NOT_LITERAL)


class Unexpected(Exception):
    """The package holds something this script has no rule for."""


Node = collections.namedtuple("Node", "kind fields")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments.add_argument("--wheel", type=Path, help="use this wheel instead of fetching it")
    options = arguments.parse_args()
    try:
        files = generate(options.wheel or fetch())
    except (Unexpected, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"prices: {error}")
    drifted = [path for path, text in files.items() if read(path) != text]
    if options.check and drifted:
        names = ", ".join(str(path.relative_to(ROOT)) for path in drifted)
        sys.exit(f"prices: {names} differ from {PACKAGE} {VERSION}\nhint: cargo xtask prices")
    for path in drifted:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    print(f"{PACKAGE} {VERSION}: " + ("up to date" if not drifted else f"{len(drifted)} written"))


def read(path):
    return path.read_text(encoding="utf-8") if path.exists() else None


def fetch():
    """The pinned wheel, downloaded once into the target folder."""
    wheel = CACHE / f"{PACKAGE.replace('-', '_')}-{VERSION}-py3-none-any.whl"
    if wheel.exists() and hashlib.sha256(wheel.read_bytes()).hexdigest() == SHA256:
        return wheel
    CACHE.mkdir(parents=True, exist_ok=True)
    requirement = CACHE / "requirement.txt"
    requirement.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n", encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--require-hashes", "--only-binary=:all:", "--dest", str(CACHE),
         "--requirement", str(requirement)],
        check=True,
    )
    return wheel


def generate(wheel):
    """Maps each committed path to the text it must hold."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != SHA256:
        raise Unexpected(f"{wheel} has sha256 {digest}, pinned is {SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read("genai_prices/data.py").decode("utf-8")
        licence = archive.read(f"genai_prices-{VERSION}.dist-info/licenses/LICENSE").decode("utf-8")
    book = Book(evaluate(assigned(ast.parse(data), "providers")))
    return {
        DATA / "prices.json": book.render(),
        DATA / "LICENSE-genai-prices.txt": licence,
    }


def assigned(module, name):
    """The expression a module gives to one of its names."""
    for statement in module.body:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return statement.value
    raise Unexpected(f"the package's data has no {name!r}")


def evaluate(node):
    """A constructor expression as plain values; no code of the package runs."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List):
        return [evaluate(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {evaluate(k): evaluate(v) for k, v in zip(node.keys, node.values)}
    if isinstance(node, ast.Attribute):
        return Node(ast.unparse(node), {})
    if isinstance(node, ast.Call):
        kind = ast.unparse(node.func)
        fields = {word.arg: evaluate(word.value) for word in node.keywords}
        fields |= {str(i): evaluate(argument) for i, argument in enumerate(node.args)}
        return Decimal(fields["0"]) if kind == "Decimal" else Node(kind, fields)
    raise Unexpected(f"line {node.lineno}: an expression of kind {type(node).__name__}")


class Book:
    """The converted data, with counts of what was left out or rounded."""

    def __init__(self, providers):
        self.left_out = collections.Counter()
        self.rounded = 0
        self.unpriced = 0
        self.providers = [self.provider(node.fields) for node in providers]

    def provider(self, fields):
        return {
            "id": fields["id"],
            "name": fields["name"],
            "url": addresses(fields["api_pattern"]),
            "fallback": fields.get("fallback_model_providers") or [],
            "models": [self.model(fields["id"], node.fields) for node in fields["models"]],
        }

    def model(self, provider, fields):
        where = f"{provider}/{fields['id']}"
        accepted, refused = pattern(fields["match"])
        model = {"id": fields["id"], "match": sorted(accepted)}
        if refused:
            model["unless"] = sorted(refused)
        if fields.get("context_window"):
            model["context"] = fields["context_window"]
        if fields.get("deprecated"):
            model["deprecated"] = True
        free = (
            fields["id"].endswith(FREE_SUFFIX)
            or (provider, fields["id"]) in FREE_REVIEWED
            or bool(FREE_COMMENT.search(fields.get("price_comments") or ""))
            or bool(FREE_COMMENT.search(fields.get("description") or ""))
        )
        prices = fields["prices"]
        conditions = prices if isinstance(prices, list) else [Node("ConditionalPrice", {"prices": prices})]
        model["prices"] = [self.entry(where, node.fields, free) for node in conditions]
        self.unpriced += not any(is_priced(entry) for entry in model["prices"])
        variants = [self.entry(where, node.fields, False) for node in fields.get("price_variants") or []]
        variants = [variant for variant in variants if is_priced(variant)]
        if variants:
            model["variants"] = variants
        return model

    def entry(self, where, fields, free):
        """One set of prices with the condition under which it holds."""
        entry = {}
        if fields.get("when"):
            entry["when"] = dict(sorted(fields["when"].items()))
        constraint = fields.get("constraint")
        if constraint is not None:
            entry |= condition(where, constraint)
        source = {key: price for key, price in fields["prices"].fields.items() if price is not None}
        for key, price in source.items():
            if key in CLASSES:
                name, factor = CLASSES[key]
                entry[name] = self.rate(where, price, factor)
            elif LEFT_OUT.fullmatch(key):
                self.left_out[key] += 1
            else:
                raise Unexpected(f"{where}: no rule for the price {key!r}")
        if not source and free:
            entry |= {"input": 0, "output": 0}
        order = ["when", "from", "daily", *(name for name, _ in CLASSES.values())]
        return {key: entry[key] for key in order if key in entry}

    def rate(self, where, price, factor):
        """A whole number, or [base, [above, price], …] for prices by size of the input."""
        if isinstance(price, Decimal):
            return self.whole(where, price, factor)
        tiers = sorted((tier.fields for tier in price.fields["tiers"]), key=lambda tier: tier["start"])
        return [
            self.whole(where, price.fields["base"], factor),
            *([tier["start"], self.whole(where, tier["price"], factor)] for tier in tiers),
        ]

    def whole(self, where, price, factor):
        """The price in whole pico-dollars; what the source's binary floats blurred is rounded."""
        with localcontext() as context:
            context.prec = 60
            exact = price * factor
            nearest = exact.to_integral_value(rounding=ROUND_HALF_EVEN)
            if exact < 0:
                raise Unexpected(f"{where}: negative price {price}")
            if exact != nearest:
                self.rounded += 1
                if abs(exact - nearest) > Decimal("0.5") or len(price.as_tuple().digits) < 14:
                    raise Unexpected(f"{where}: {price} is finer than a pico-dollar per token")
        return int(nearest)

    def render(self):
        """JSON with one model a line, so that a change of price is a change of one line."""
        head = {
            "schema": 1,
            "package": PACKAGE,
            "version": VERSION,
            "sha256": SHA256,
            "as_of": AS_OF,
            "licence": "MIT, (c) Pydantic Services Inc.; see LICENSE-genai-prices.txt",
            "unit": "pico-US-dollars per token; `request`: pico-US-dollars per request",
            "tiers": "[base, [above, price], …]: total input strictly above `above` reprices the request",
            "left_out": dict(sorted(self.left_out.items())),
            "rounded": self.rounded,
            "unpriced_models": self.unpriced,
        }
        lines = [f" {json.dumps(key)}: {compact(value)}," for key, value in head.items()]
        blocks = []
        for provider in self.providers:
            models = ",\n".join("   " + compact(model) for model in provider["models"])
            rest = compact({key: provider[key] for key in ("id", "name", "url", "fallback")})
            blocks.append(f'  {rest[:-1]},"models":[\n{models}]}}')
        return "{\n" + "\n".join(lines) + '\n "providers": [\n' + ",\n".join(blocks) + "]\n}\n"


def is_priced(entry):
    return bool(entry.keys() - {"when", "from", "daily"})


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def condition(where, constraint):
    """When a price holds: from a day (UTC) on, or daily between two times (UTC)."""
    fields = constraint.fields
    if constraint.kind == "StartDateConstraint":
        day = fields["start_date"].fields
        return {"from": f"{day['0']:04d}-{day['1']:02d}-{day['2']:02d}"}
    if constraint.kind == "TimeOfDateConstraint":
        return {"daily": [clock(where, fields["start_time"]), clock(where, fields["end_time"])]}
    raise Unexpected(f"{where}: no rule for the condition {constraint.kind}")


def clock(where, time):
    zone = time.fields.get("tzinfo")
    if zone is not None and zone.kind not in ("datetime.UTC", "datetime.timezone.utc"):
        raise Unexpected(f"{where}: a time of day in another zone than UTC")
    hour, minute, second = (time.fields.get(str(i), 0) for i in range(3))
    return f"{hour:02d}:{minute:02d}:{second:02d}"


def addresses(regex):
    """The addresses of a provider's API as globs; none for routers on the hub of model files.

    (A host name of a registry appears nowhere in the repository.)
    """
    return [] if "huggingface" in regex else sorted(anchored(list(sre_parser.parse(regex))))


def pattern(clause):
    """A matching rule as (accepted globs, refused globs), all in lower case.

    In a glob `*` is any text and `#` one digit; a model's name is folded to lower case before it
    is compared, as the source does.
    """
    kind, fields = clause.kind, clause.fields
    if kind in ("ClauseOr", "ClauseAnd"):
        parts = [pattern(part) for part in fields["or_" if kind == "ClauseOr" else "and_"]]
        return (either if kind == "ClauseOr" else both)(parts)
    if kind == "ClauseRegex":
        return regex_globs(fields["regex"])
    shapes = {
        "ClauseEquals": ("equals", "{}"),
        "ClauseStartsWith": ("starts_with", "{}*"),
        "ClauseEndsWith": ("ends_with", "*{}"),
        "ClauseContains": ("contains", "*{}*"),
    }
    if kind not in shapes:
        raise Unexpected(f"no rule for the matching clause {kind}")
    field, shape = shapes[kind]
    return {shape.format(plain(fields[field].lower()))}, set()


def plain(text):
    if not text.isascii() or any(sign in text for sign in '*#"\\'):
        raise Unexpected(f"a name with a sign that globs or plain JSON do not hold: {text!r}")
    return text


def either(parts):
    accepted = set().union(*(part[0] for part in parts))
    refused = set().union(*(part[1] for part in parts))
    for own, own_refused in parts:
        for glob in own if refused - own_refused else ():
            if "*" in glob or any(fnmatch.fnmatchcase(glob, other) for other in refused):
                raise Unexpected(f"an exception of one alternative would also hit {glob!r}")
    return accepted, refused


def both(parts):
    positive = [accepted for accepted, _ in parts if accepted]
    if len(positive) != 1:
        raise Unexpected("a conjunction of two positive rules")
    return positive[0], set().union(*(refused for _, refused in parts))


def regex_globs(regex):
    """A regular expression as globs; a negative look-ahead at its start becomes a refusal."""
    steps = list(sre_parser.parse(regex))
    begin = (sre_constants.AT, sre_constants.AT_BEGINNING)
    if len(steps) == 2 and steps[0] == begin and steps[1][0] is sre_constants.ASSERT_NOT:
        return set(), anchored(list(steps[1][1][1]))
    if not steps or steps[0] != begin:
        raise Unexpected(f"the regular expression {regex!r} is not anchored at its start")
    return anchored(steps[1:]), set()


def anchored(steps):
    """Globs for an expression that starts at the start and ends anywhere, unless it says `$`."""
    ended = {text[:-1] if text.endswith("$") else text + "*" for text in expand(steps)}
    if any("$" in text for text in ended):
        raise Unexpected("`$` inside a regular expression")
    return {text for text in ended if text == text.lower()}


def expand(steps):
    """Every text a sequence of steps can be; `#` a digit, `*` any text, `$` the end.

    Any number of characters of a class becomes `*`, which is looser; the source's data has that
    only in addresses, where it does no harm.
    """
    return ["".join(parts) for parts in itertools.product(*(expand_step(step) for step in steps))]


def expand_step(step):
    operation, argument = step
    if operation is sre_constants.LITERAL:
        return [plain(chr(argument))]
    if operation is sre_constants.IN and argument[0][0] is not sre_constants.NEGATE:
        return [text for member in argument for text in expand_step(member)]
    if operation is sre_constants.CATEGORY and argument is sre_constants.CATEGORY_DIGIT:
        return ["#"]
    if operation is sre_constants.AT and argument is sre_constants.AT_END:
        return ["$"]
    if operation is sre_constants.SUBPATTERN:
        return expand(list(argument[-1]))
    if operation is sre_constants.BRANCH:
        return [text for branch in argument[1] for text in expand(list(branch))]
    if operation is sre_constants.MAX_REPEAT:
        low, high, inner = argument
        if high is sre_constants.MAXREPEAT and inner[0][0] in CHARACTER_CLASSES:
            return ["*"]
        if high is not sre_constants.MAXREPEAT and high <= 16:
            return [text for count in range(low, high + 1) for text in expand(list(inner) * count)]
    raise Unexpected(f"a regular expression step without a rule: {operation}")


if __name__ == "__main__":
    main()
