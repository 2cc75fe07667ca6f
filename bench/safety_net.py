"""Fits the second net behind the safety rules and writes knowledge/safety/net*.tsv, in a few minutes.

python -m bench.safety_net                fit on all labelled messages of bench/safety and write the weights
python -m bench.safety_net --by-author    rules alone and with the net, each author left out of the fit in turn
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import chain

from bench import safety_by_author
from bench.safety_evidence import held_out, signs_told, weighed, weighing
from bench.safety_fit import fit
from bench.safety_lines import MENDED, ROOT, lines
from bot.fitting import ordinary_words
from bot.safety import Rules, load
from bot.safety_net import FILES, SIGNS, Net

SAFETY = ROOT / "knowledge" / "safety"


def write(net: Net, rows: dict[str, int]) -> None:
    """The net as files that people can read."""
    head = [
        "# Second net behind the rules, made by: python -m bench.safety_net. Safety-rules.md says what it may do.",
        "# A word, a pair of neighbours (a group, a piece of a word): how rare, and how it speaks for each class.",
        "\t".join(["classes", *net.classes]),
        "\t".join(["start", *(f"{value:g}" for value in net.start)]),
        f"# What speaks for a tier, from a sum of 0 on: {' '.join(SIGNS)}.",
        *("\t".join([tier, *(f"{value:g}" for value in own)]) for tier, own in net.weighs.items()),
    ]
    body: dict[str, list[str]] = {file: [] for file in FILES}
    body[FILES[0]] = head
    for name, row in sorted(rows.items()):
        numbers = (f"{value:g}" for value in net.numbers[row].round(1).tolist())
        body[_file(name)].append("\t".join([name, *numbers]))
    for file, own in body.items():
        (SAFETY / file).write_text("\n".join(own) + "\n", encoding="utf-8")


def _file(feature: str) -> str:
    """Words, neighbours, pairs over one word, concepts and letter groups each have a file of their own."""
    words, pairs, gaps, groups, letters = FILES
    return {"#": groups, "~": letters}.get(feature[0]) or (gaps if " _ " in feature else pairs if " " in feature else words)


def table() -> None:
    """What the rules find in messages of authors left out of the fit, alone and with the net."""
    safety_by_author.table(_rules())


def _rules() -> Rules:
    rules, _ = load(SAFETY, ordinary_words())
    return replace(rules, net=None)


def main() -> int:
    """Writes the net, or prints the table."""
    if sys.argv[1:] == ["--by-author"]:
        table()
        return 0
    rules = _rules()
    found = lines(rules)
    net, rows = fit(found)
    write(weighing(net, weighed(chain.from_iterable(signs_told(rules, held_out(found, MENDED)).values()))), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
