"""Fits the second net behind the safety rules and writes knowledge/safety/net*.tsv, in a few minutes.

python -m bench.safety_net                fit on all labelled messages of bench/safety and write the weights
python -m bench.safety_net --by-author    rules alone and with the net, each author left out of the fit in turn
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import chain

from bench import safety_by_author
from bench.safety_evidence import held_out, signs_told, weighed
from bench.safety_fit import fit
from bench.safety_lines import ROOT, lines
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
    of = {"#": FILES[1], "~": FILES[2]}
    body: dict[str, list[str]] = {FILES[0]: head, FILES[1]: [], FILES[2]: []}
    for name, row in sorted(rows.items()):
        numbers = (f"{value:g}" for value in net.numbers[row].round(1).tolist())
        body[of.get(name[0], FILES[0])].append("\t".join([name, *numbers]))
    for name, own in body.items():
        (SAFETY / name).write_text("\n".join(own) + "\n", encoding="utf-8")


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
    write(replace(net, weighs=weighed(chain.from_iterable(signs_told(rules, held_out(found)).values()))), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
