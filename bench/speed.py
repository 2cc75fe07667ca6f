"""Speed and memory, as ratios to peers measured in the same run: machines differ, ratios less."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bm25s
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.assistant import finish, reply
from bot.knowledge import KnowledgeBase, load
from bot.likeness import content
from bot.passages import parts
from bot.privacy import redact
from bot.retriever import best, scores
from bot.safety import triage
from bot.terms import analyse
from bot.types import State
from bot.understanding import understand

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5


def microseconds(act: Callable[[str], object], texts: list[str]) -> tuple[float, float]:
    """(median, 99th percentile) of one call, each text taken at its best of several rounds."""
    took = []
    for text in texts:
        runs = []
        for _ in range(ROUNDS):
            began = time.perf_counter_ns()
            act(text)
            runs.append(time.perf_counter_ns() - began)
        took.append(min(runs) / 1000)
    took.sort()
    return statistics.median(took), took[int(0.99 * (len(took) - 1))]


def questions(kb: KnowledgeBase) -> list[str]:
    """Every seventh phrasing of the folder: what visitors type, short and long."""
    lines = [text for group in kb.groups for own in group.lines.values() for text in own]
    return lines[::7]


def table() -> None:
    """One line a measure: median, 99th percentile, ratio to bm25s over the same passages."""
    kb = finish(load(ROOT / "knowledge", ROOT / "data" / "fitted"))
    texts = questions(kb)
    index = kb.index
    passages = [" ".join([p.heading, *parts(p)]) for p in kb.passages]
    peer = bm25s.BM25()
    peer.index(bm25s.tokenize(passages, show_progress=False), show_progress=False)
    plain = TfidfVectorizer()
    matrix = plain.fit_transform(passages)
    stems = {text: content(analyse(text, index.vocabulary, index.lexicon), index.lexicon) for text in texts}

    def ask_bm25s(text: str) -> object:
        tokens = bm25s.tokenize(text, show_progress=False)
        return peer.retrieve(tokens, k=3, show_progress=False)

    rows = [
        ("bm25s, plain call", microseconds(ask_bm25s, texts)),
        ("scikit-learn transform and product", microseconds(lambda t: matrix @ plain.transform([t]).T, texts)),
        ("postings alone (terms given)", microseconds(lambda t: best(scores(index.views.rows, stems[t]), 3), texts)),
        ("understanding: terms, classifier, decision", microseconds(lambda t: understand(index, t), texts)),
        ("triage and redaction", microseconds(lambda t: (triage(kb.rules, t), redact(t)), texts)),
        ("a whole reply", microseconds(lambda t: reply(kb, t, State(), None, False), texts)),
    ]
    base = rows[0][1][0]
    sys.stdout.write(f"\n{len(passages)} passages, {len(texts)} questions, microseconds\n")
    sys.stdout.write(f"{'':44}{'median':>10}{'p99':>10}{'x bm25s':>10}\n")
    for name, (median, high) in rows:
        sys.stdout.write(f"{name:44}{median:10.1f}{high:10.1f}{median / base:10.2f}\n")
    _linear(kb)
    _memory()


def _linear(kb: KnowledgeBase) -> None:
    """How a reply grows with the length of the message, and the worst text for tokenizers."""
    sentence = "my neck hurts after a long day at the desk and i wonder about needling. "
    sys.stdout.write("\nmilliseconds by length of the message\n")
    for size in (100, 1000, 10_000):
        for name, text in (("words", (sentence * 200)[:size]), ("one letter", "a" * size), ("brackets", "([{" * (size // 3))):
            median, _ = microseconds(lambda t: reply(kb, t, State(), None, False), [text])
            sys.stdout.write(f"  {name:12}{size:7}{median / 1000:9.2f}\n")


def _memory() -> None:
    """Resident memory of a process that serves, at rest."""
    code = (
        "import resource; from web import create_app; app = create_app(); c = app.test_client();"
        "c.post('/chat', json={'type': 'ask', 'id': 'a', 'text': 'is it safe?'});"
        "print(int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize() / 2**20)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    sys.stdout.write(f"\nserving process at rest: {float(run.stdout):.0f} MiB\n")
