"""How hard the laws look: Hypothesis' settings, each one explicit, since its defaults change under CI."""

import hmac
import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.database import ExampleDatabase
from hypothesis.internal.conjecture import engine

from .report import write_atomically

EXAMPLES = {"quick": 20, "grade": 50, "soak": 1000}
KATA_SECONDS = 150.0
"""What all calls of one kata may take together, in a run that grades; more where more examples are asked."""
_loaded = ["grade"]
PUBLIC_SEED = "public"
SHRINKING_SECONDS = 10


def load(name: str, database: Path | None) -> None:
    """Make `name` the profile of all laws collected from now on.

    Args:
        name: quick, grade or soak.
        database: file that keeps the smallest failing examples, tried first by the next run; None for none.
    """
    _loaded[:] = [name]
    engine.MAX_SHRINKING_SECONDS = SHRINKING_SECONDS
    settings.register_profile(
        name,
        max_examples=EXAMPLES[name],
        database=LastFailures(database) if database else None,
        deadline=None,  # `ask` keeps its own
        derandomize=False,  # each law is seeded, which does the same and lets the database work
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
        print_blob=False,
        report_multiple_bugs=False,
        stateful_step_count=20,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        backend="hypothesis",
    )
    settings.load_profile(name)


def kata_seconds() -> float:
    """The limit for the profile that is loaded."""
    return KATA_SECONDS * max(1.0, EXAMPLES[_loaded[0]] / EXAMPLES["grade"])


def seed_of(law_id: str, seed: str) -> str:
    """Fixes the examples of a law: the same seed and law, the same examples, on every machine."""
    return hmac.new(seed.encode(), law_id.encode(), sha256).hexdigest()


class LastFailures(ExampleDatabase):
    """The smallest failing examples, in one JSON file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._rows: dict[str, list[str]] | None = None

    def _read(self) -> dict[str, list[str]]:
        if self._rows is None:
            try:
                rows = json.loads(self.path.read_text(encoding="utf-8"))
                self._rows = {
                    str(key): [bytes.fromhex(value).hex() for value in values] for key, values in rows.items()
                }
            except (OSError, ValueError, AttributeError, TypeError):
                self._rows = {}  # a missing or damaged file only means that nothing is tried first
        return self._rows

    def _write(self) -> None:
        try:
            write_atomically(self.path, json.dumps(self._read(), indent=0))
        except OSError:
            pass  # a folder that cannot be written to costs the memory, not the run

    def save(self, key: bytes, value: bytes) -> None:
        values = self._read().setdefault(key.hex(), [])
        if value.hex() not in values:
            values.append(value.hex())
            self._write()

    def fetch(self, key: bytes) -> Iterable[bytes]:
        return [bytes.fromhex(value) for value in self._read().get(key.hex(), [])]

    def delete(self, key: bytes, value: bytes) -> None:
        rows = self._read()
        if value.hex() in rows.get(key.hex(), []):
            rows[key.hex()].remove(value.hex())
            if not rows[key.hex()]:
                del rows[key.hex()]
            self._write()

    def move(self, src: bytes, dest: bytes, value: bytes) -> None:
        self.delete(src, value)
        self.save(dest, value)
