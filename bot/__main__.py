"""The command line: ask, search, passages, check, redact, triage, safety-rules, measure."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from bot.assistant import finish, reply
from bot.conversation import read_last
from bot.errors import PinpointError, UsageError
from bot.fitting import BUILT
from bot.knowledge import KnowledgeBase, load
from bot.measure import measure
from bot.privacy import redact
from bot.safety import triage
from bot.safety_page import page
from bot.types import Reply, State
from bot.understanding import ranked


class _Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are one line that says what to write instead."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f'{message}. Try: python -m bot ask "is dry needling safe?"   (or: python -m bot --help)')


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code (0 well, 1 something to mend, 2 wrong usage)."""
    try:
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    except UsageError as error:
        sys.stderr.write(f"bot: {error}\n")
        return 2
    except PinpointError as error:
        sys.stderr.write(f"bot: {error}\n")
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> _Parser:
    common = _Parser(add_help=False)
    folder = Path(os.environ.get("KNOWLEDGE_DIR", "knowledge"))
    common.add_argument("--knowledge", type=Path, default=folder, metavar="DIR", help="the knowledge folder")
    parser = _Parser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, run: Any, words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words, description=words, parents=[common])
        made.set_defaults(run=run)
        return made

    asking = command("ask", _ask, "one reply, or one for each JSON line of standard input")
    asking.add_argument("question", nargs="?")
    asking.add_argument("--json", action="store_true")
    asking.add_argument("--batch", action="store_true")
    searching = command("search", _search, "the retriever alone, on any corpus")
    searching.add_argument("--corpus", type=Path, required=True, metavar="FILE")
    searching.add_argument("--batch", action="store_true", required=True)
    command("passages", _passages, "how the knowledge folder was cut").add_argument("--json", action="store_true")
    command("check", _check, "problems of the folder, and its answer tests")
    command("fit", _fit, "fits and tests the folder beforehand, so that the next start is quick")
    measuring = command("measure", _measure, "figures over labelled questions and messages")
    measuring.add_argument("files", nargs="+", type=Path, metavar="FILE")
    measuring.add_argument("--json", action="store_true")
    command("redact", _redact, "personal data of each JSON line").add_argument("--batch", action="store_true", required=True)
    command("safety-rules", _safety_rules, "the page of the safety rules, for a clinician to sign")
    command("triage", _triage, "the tier of each JSON line").add_argument("--batch", action="store_true", required=True)
    return parser


def cache_folder() -> Path:
    """Where fitted numbers are kept between runs."""
    return Path(os.environ.get("DATA_DIR", "data")) / "fitted"


def _knowledge(options: argparse.Namespace) -> KnowledgeBase:
    return finish(load(options.knowledge, cache_folder()))


def _lines(stream: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The objects of JSON lines. Raises UsageError with the number of the first line that is none."""
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            item = None
        if not isinstance(item, dict) or not isinstance(item.get("text"), str) or "id" not in item:
            raise UsageError(f'line {number} of standard input is not {{"id": ..., "text": "..."}}')
        yield item


def _out(value: object) -> None:
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def as_json(given: Reply, number: object = "1") -> dict[str, Any]:
    """A reply as the contract's object; `state` is readable here, the server signs it."""
    return {"type": "reply", "id": str(number), **asdict(given), "state": json.dumps(asdict(given.state))}


def _ask(options: argparse.Namespace) -> int:
    kb = _knowledge(options)
    if options.batch:
        for item in _lines(sys.stdin.buffer):
            _out(_batched(kb, item))
        return 0
    if not options.question:
        raise UsageError('ask needs a question. Write: python -m bot ask "is dry needling safe?"')
    given = reply(kb, options.question, State(), None, False)
    if options.json:
        _out(as_json(given))
    else:
        sys.stdout.write(readable(given) + "\n")
    return 0


def _batched(kb: KnowledgeBase, item: dict[str, Any]) -> dict[str, Any]:
    state = State()
    for earlier in item.get("history", []):
        state = reply(kb, str(earlier), state, None, False).state
    given = reply(kb, item["text"], state, None, False)
    reading = read_last(kb, item["text"], state)
    hits = [
        {"article": h.passage.article, "heading": h.passage.heading, "score": round(h.score, 4)}
        for h in ranked(kb.index, reading.understood)
    ]
    return {
        "id": item["id"], "reply": as_json(given, item["id"]), "hits": hits,
        "confidence": round(reading.understood.confidence, 6),
    }  # fmt: skip


def readable(given: Reply) -> str:
    """A reply for people: the words, the quotes with their source, the suggestions."""
    blocks = [f"[{given.kind}] {given.text}".rstrip()]
    for quote in given.quotes:
        lines = "\n".join(f"  | {line}" for line in quote.text.split("\n"))
        blocks.append(f"{lines}\n    {quote.title} > {quote.heading} ({quote.reviewed})\n    {quote.url}")
    if given.suggestions:
        blocks.append("Ask next: " + " / ".join(given.suggestions))
    if given.actions:
        blocks.append("Actions: " + " / ".join(f"{a.label} {a.href}".strip() for a in given.actions))
    return "\n".join(blocks)


def _search(options: argparse.Namespace) -> int:
    from bot.corpus import build, search

    try:
        with options.corpus.open("rb") as file:
            corpus = build([(str(d["id"]), str(d.get("title", "")), d["text"]) for d in _lines(file)])
    except OSError as error:
        raise UsageError(f"--corpus {options.corpus} cannot be read ({error.strerror})") from error
    for item in _lines(sys.stdin.buffer):
        hits = [{"id": name, "score": round(score, 6)} for name, score in search(corpus, item["text"], 10)]
        _out({"id": item["id"], "hits": hits})
    return 0


def _passages(options: argparse.Namespace) -> int:
    kb = _knowledge(options)
    for passage in kb.passages:
        if options.json:
            _out(asdict(passage))
        else:
            units = "\n".join(f"  [{unit.kind}] " + unit.text.replace("\n", "\n         ") for unit in passage.units)
            sys.stdout.write(f"{passage.article} > {passage.heading}\n{units}\n\n")
    return 0


def _check(options: argparse.Namespace) -> int:
    kb = _knowledge(options)
    for problem in kb.problems:
        sys.stdout.write(f"{problem.file}:{problem.line}: {problem.wrong} {problem.todo}\n")
    outcomes = kb.outcomes
    failed = [o for o in outcomes if not o.passed]
    for outcome in failed:
        problem = outcome.problem()
        level = "must" if outcome.check.must else "should"
        sys.stdout.write(f"{problem.file}:{problem.line}: ({level}) {problem.wrong} {problem.todo}\n")
    sys.stdout.write(
        f"Version {kb.version}: {len(kb.articles)} articles, {len(kb.passages)} passages, {len(kb.groups)} groups of phrasings, "
        f"{len(kb.problems)} problems; {len(outcomes) - len(failed)} of {len(outcomes)} answer tests pass.\n"
    )
    return 1 if kb.problems or any(o.check.must for o in failed) else 0


def _fit(options: argparse.Namespace) -> int:
    kb = finish(load(options.knowledge, BUILT))
    sys.stdout.write(f"Fitted {len(kb.groups)} groups of phrasings and {len(kb.passages)} passages.\n")
    return 0


def _measure(options: argparse.Namespace) -> int:
    kb = _knowledge(options)
    found = {}
    for path in options.files:
        try:
            with path.open("rb") as file:
                found[str(path)] = measure(kb, _lines(file))
        except OSError as error:
            raise UsageError(f"{path} cannot be read ({error.strerror})") from error
    if options.json:
        _out({name: {f.name: {"value": round(f.value, 4), "lines": f.lines} for f in own} for name, own in found.items()})
        return 0
    for name, own in found.items():
        sys.stdout.write(f"{name}\n")
        sys.stdout.writelines(f"  {f.name:32}{f.value:8.3f}  ({f.lines})\n" for f in own)
    return 0


def _redact(options: argparse.Namespace) -> int:
    kb = _knowledge(options)
    for item in _lines(sys.stdin.buffer):
        clean = redact(item["text"], (kb.clinic.phone, kb.clinic.email))
        _out({"id": item["id"], "text": clean.text, "spans": [asdict(span) for span in clean.spans]})
    return 0


def _safety_rules(options: argparse.Namespace) -> int:
    kb = _knowledge(options)
    sys.stdout.write(page(kb.rules, kb.clinic))
    return 0


def _triage(options: argparse.Namespace) -> int:
    kb = _knowledge(options)
    for item in _lines(sys.stdin.buffer):
        verdict = triage(kb.rules, item["text"])
        _out({"id": item["id"], "tier": verdict.tier, "flag": verdict.flag or None, "rule": verdict.rule or None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
