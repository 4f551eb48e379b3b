"""Failures as text."""

from .report import LawResult

MARKS = {
    "passed": "✓",
    "failed": "✗",
    "todo": "·",
    "blocked": "⊘",
    "timeout": "⏱",
    "crashed": "✗",
    "broken": "✗",
    "fault": "!",
}


def plural(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def clean(text: str, keep: int = 2000) -> str:
    """Learner's text without control characters: it cannot move the cursor, colour the screen or ring the bell."""
    safe = "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
    return safe if len(safe) <= keep else safe[:keep] + " …"


def failure_text(law: LawResult) -> str:
    """A failure, drawn: law, call, expected, yours, where, look at, again."""
    short, _, name = law.kata.partition("_")
    head = f"{MARKS[law.status]} {short} {name} · {law.part.capitalize()} · {plural(law.points, 'point')}"
    if law.status not in ("failed", "passed"):
        head += f" · {law.status}"
    rows: list[tuple[str, str]] = [("Law", law.title)]
    cause = law.cause
    if cause is not None:
        yours = "Judge" if law.status == "fault" else "Yours"
        rows += [("Call", cause.call), ("Expected", cause.expected), (yours, cause.got)]
        rows += [("Where", where) if n == 0 else ("", where) for n, where in enumerate(cause.where)]
        rows += [("Look at", cause.hint)]
        if law.blame:
            rows.append(("Blame", f"your {short} is right: its law fails because of {law.blame}"))
        rows.append(("Again", cause.again))
    lines = [head]
    for label, text in rows:
        if text:
            first, *others = clean(text).splitlines() or [""]
            lines.append(f"  {label:<9} {first}")
            lines += [f"  {'':<9} {other}" for other in others[:8]]
    if cause is not None and cause.prints:
        lines.append("  Printed   (last call)")
        lines += [f"    {line}" for line in clean(cause.prints, 4000).splitlines()[-20:]]
    return "\n".join(lines)


def one_line(law: LawResult) -> str:
    """A law that is to do, blocked or broken, in one line."""
    what = law.cause.got.splitlines()[0] if law.cause and law.cause.got else ""
    what = clean(what, 100)
    by = f" ({law.blame})" if law.status == "blocked" and law.blame else ""
    where = f" at {law.cause.where[-1]}" if law.status == "broken" and law.cause and law.cause.where else ""
    return f"{MARKS[law.status]} {law.kata.split('_')[0]} task {law.task}: {law.title}  [{what}{by}{where}]"
