"""How a law can end, apart from passing.

`Wrong` is an Exception: Hypothesis repeats and shrinks it. All others are BaseExceptions, so that Hypothesis
does neither: a stub, a hang or a crash is the same on the smallest input, and costs one call.
"""

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["passed", "failed", "todo", "blocked", "timeout", "crashed", "broken", "fault"]

PASSED: Status = "passed"


@dataclass(frozen=True)
class Place:
    """A line of the learner's code."""

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f", in {self.function}" if self.function else "")


class Wrong(AssertionError):
    """The framework answered, and the answer is not the expected one."""

    status: Status = "failed"

    def __init__(self, expected: str, got: str, got_value: Any = None, want_value: Any = None) -> None:
        super().__init__(f"expected {expected}; got {got}")
        self.expected, self.got = expected, got
        self.got_value, self.want_value = got_value, want_value


class Raised(Wrong):
    """The framework raised where an answer was expected."""

    def __init__(self, error: str, where: tuple[Place, ...]) -> None:
        super().__init__("an answer", error)
        self.where = where


class Ended(BaseException):
    """The call did not come to an answer."""

    status: Status = "failed"

    def __init__(self, message: str, where: tuple[Place, ...] = (), kata: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.kata = message, where, kata


class Todo(Ended):
    """A stub of the kata itself: not written yet."""

    status: Status = "todo"


class Blocked(Ended):
    """A kata it stands on is not written, or broken; `kata` says which."""

    status: Status = "blocked"


class Broken(Ended):
    """A file of the kata does not import."""

    status: Status = "broken"


class Timeout(Ended):
    """No answer within the deadline."""

    status: Status = "timeout"


class GivenUp(Timeout):
    """Not asked at all, since others of its kind gave no answer."""


class Crashed(Ended):
    """The process that ran the framework is gone, or no longer speaks the protocol."""

    status: Status = "crashed"


class Fault(Ended):
    """The judge itself is at fault: an oracle that fails, a law that is wrong. Never the learner's."""

    status: Status = "fault"
