"""How the laws of m20 call your framework, tasks 5 to 7: scores, submissions, files, and the board."""

import contextlib
import copy
import json
import os
import pathlib
import sys
import tempfile

import numpy as np

from ..kit.probing import moments


@contextlib.contextmanager
def folder():
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        yield pathlib.Path(name)


def places(complaints):
    """What the complaints are about, sorted: all that stands before ": "."""
    return sorted(complaint.partition(": ")[0] for complaint in complaints)


def measured(tt, rows):
    """Measured of rows (name, accuracy, nbytes, seconds, p95)."""
    return [tt.Measured(*row) for row in rows]


# ---------------------------------------------------------------- 5. scoring


def gains(tt, before, after):
    found = tt.gains_of(*measured(tt, [before, after]))
    return {name: float(getattr(found, name)) for name in ("speedup", "smaller", "kept", "points_lost")}


def score(tt, before, after):
    found = tt.normalised_score(*measured(tt, [before, after]))
    return {"score": float(found), "a float": type(found) is float}


def missed_targets(tt, gains, bars):
    return list(tt.missed_targets(tt.Gains(*gains), **bars))


def front_of(tt, rows):
    """Places of the candidates that stay: the very ones, in order; the list that was given is left alone."""
    candidates = measured(tt, rows)
    given = list(candidates)
    found = tt.front_of(given)
    places = [next(n for n, one in enumerate(candidates) if one is kept) for kept in found]
    found.clear()
    return {"places": places, "given": len(given)}


# ------------------------------------------------------------- 6. submissions


def types_of(tt, value):
    kinds = ("object", "array", "string", "number", "integer", "boolean", "null")
    return [kind for kind in kinds if tt.is_type(value, kind)]


def schema_errors(tt, data, schema, path=None):
    return places(tt.schema_errors(data, schema, *([] if path is None else [path])))


def schema_texts(tt, data, schema):
    return list(tt.schema_errors(data, schema))


def made(tt, author, task, before, after, steps, narrow):
    """A submission; `narrow`: of numbers that NumPy made. What is written into it afterwards stays there."""
    rows = [tt.Measured(*row) for row in (before, after)]
    if narrow:
        rows = [
            tt.Measured(row[0], np.float64(row[1]), np.int64(row[2]), np.float64(row[3]), np.float64(row[4]))
            for row in (before, after)
        ]
    given = tuple(steps) if narrow else list(steps)
    data = tt.make_submission(author, task, *rows, *([given] if steps else []))
    again = tt.make_submission(author, task, *rows, *([given] if steps else []))
    text = json.dumps(data)
    back = json.loads(text) == data
    again["steps"].append("more")
    again["environment"].clear()
    again["baseline"].clear()
    fresh = tt.make_submission(author, task, *rows, *([given] if steps else []))
    return {
        "fields": list(data),
        "data": {name: value for name, value in data.items() if name != "environment"},
        "environment": data["environment"] == json.loads(json.dumps(tt.environment_record())),
        "by way of JSON": back,
        "complaints": tt.validate_submission(data),
        "another one is new": json.dumps(fresh) == text and len(given) == len(steps),
    }


def make_refused(tt, author, task, before, after):
    return str(tt.make_submission(author, task, tt.Measured(*before), tt.Measured(*after)))


def valid(
    tt, before=("slow", 0.9, 4000, 0.25, 0.5), after=("fast", 0.89, 1000, 0.0625, 0.125), author="ada", task="cnn"
):
    return tt.make_submission(author, task, tt.Measured(*before), tt.Measured(*after), ["prune"])


def at(data, path):
    """The place in nested data where the last part of a path leads."""
    for part in path[:-1]:
        data = data[part]
    return data


def spoilt(data, faults):
    """A copy of data with some of it changed: [path, "set" or "drop", value]."""
    data = copy.deepcopy(data)
    for path, how, value in faults:
        if how == "drop":
            at(data, path).pop(path[-1])
        elif how == "times":
            at(data, path)[path[-1]] *= value
        else:
            at(data, path)[path[-1]] = value
    return data


def validate(tt, faults):
    """Complaints about a submission with these faults; and whether it came back as it was."""
    data = spoilt(valid(tt), faults)
    before = json.dumps(data)
    complaints = tt.validate_submission(data)
    return {"places": places(complaints), "as it was": json.dumps(data) == before}


def validate_anything(tt, data):
    return places(tt.validate_submission(data))


# ------------------------------------------------------------------ 6. files


def what_is_read(tt, path):
    try:
        return tt.read_submission(path)["author"]
    except FileNotFoundError:
        return "nothing is there"
    except ValueError as error:
        return "refused" if path.name in str(error) else f"a message without {path.name}: {error}"


def written(tt, name, as_text, twice):
    """A submission by way of a file; and what else is in the folder."""
    with folder() as place:
        path = place / name
        data = valid(tt)
        if twice:
            tt.write_submission(path, valid(tt, author="bob"))
        tt.write_submission(str(path) if as_text else path, data)
        found = tt.read_submission(str(path) if as_text else path)
        plain = json.loads(path.read_text(encoding="utf-8"))
        return {"same": found == data, "plain JSON": plain == data, "files": sorted(os.listdir(place))}


def write_invalid(tt, faults):
    """Writing an invalid submission over a valid one."""
    with folder() as place:
        path = place / "submission.json"
        tt.write_submission(path, valid(tt, author="old"))
        error = ""
        try:
            tt.write_submission(path, spoilt(valid(tt), faults))
        except ValueError as raised:
            error = str(raised)
        return {"error": error, "read": what_is_read(tt, path), "files": sorted(os.listdir(place))}


def read_content(tt, contents):
    """What is read from files with these bytes; None for no file. "half" and "nan" are made of a valid submission."""
    found = []
    with folder() as place:
        path = place / "entry.json"
        tt.write_submission(path, valid(tt))
        good = path.read_bytes()
        for content in contents:
            path.unlink(missing_ok=True)
            made = {
                "half": good[: len(good) // 2],
                "nan": good.replace(b'"score": ', b'"score": NaN, "was": '),
                "deep": b"[" * 100_000,
                "good": good,
            }
            if content is not None:
                path.write_bytes(made[content] if isinstance(content, str) else content)
            found.append(what_is_read(tt, path))
    return found


def moments_of(old, write, name):
    """What is in a folder at every moment of a write, and which files are there at the end."""
    with folder() as place:
        if old is not None:
            (place / name).write_bytes(old)
        return moments(place, lambda: write(place / name)), sorted(os.listdir(place))


def killed_while_writing(tt, again):
    """What is read after a kill at each moment of a write over an old file (or, not `again`, where there was none)."""
    data, seen = valid(tt, author="new"), set()
    with folder() as place:
        tt.write_submission(place / "s.json", valid(tt, author="old"))
        old = (place / "s.json").read_bytes()
    states, left = moments_of(old if again else None, lambda path: tt.write_submission(path, data), "s.json")
    for state in states:
        with folder() as place:
            for name, content in state.items():
                (place / name).write_bytes(content)
            seen.add(what_is_read(tt, place / "s.json"))
            tt.write_submission(place / "s.json", data)
            seen.add(f"then {what_is_read(tt, place / 's.json')}")
    return {"seen": sorted(seen), "left": left}


def full_disk(tt, nth):
    """What is read after a write over an old file whose nth writing or renaming call finds the disk full."""
    count, error = 0, False

    def watch(frame, event, function):
        nonlocal count
        if event == "c_call" and function.__name__ in ("write", "writelines", "replace", "rename"):
            count += 1
            if count == nth:
                raise OSError(28, "No space left on device")

    with folder() as place:
        path = place / "s.json"
        tt.write_submission(path, valid(tt, author="old"))
        data, before = valid(tt, author="new"), sys.getprofile()
        sys.setprofile(watch)
        try:
            tt.write_submission(path, data)
        except OSError:
            error = True
        finally:
            sys.setprofile(before if callable(before) else None)
        return {"error": error, "read": what_is_read(tt, path), "files": len(os.listdir(place))}


# ------------------------------------------------------------------ 7. board


def irreproducible(tt, before, after, again, tolerance):
    """Complaints about a claim of (before, after), when `again` was measured."""
    claimed = tt.make_submission("ada", "cnn", tt.Measured(*before), tt.Measured(*after))
    found = tt.irreproducible(claimed, *(tt.Measured(*row) for row in again), *tolerance)
    return places(found)


def lines_of(board, tasks):
    return {
        task: [[s.rank, s.author, float(s.score), float(s.speedup), float(s.smaller), float(s.points_lost)]
               for s in board.standings(task)]
        for task in tasks
    }  # fmt: skip


def board(tt, entries, reopen, tolerance):
    """Entries for a board, one after the other: {author, task, before, after, again, faults}. `reopen`: after each, from its file.

    What came of each, how often it was measured again, and the standings after it.
    """
    found = []
    with folder() as place:
        path = place / "board.json" if reopen else None
        one = tt.Leaderboard(path, *tolerance) if tolerance or reopen else tt.Leaderboard()
        for entry in entries:
            calls = []

            def remeasure(entry=entry, calls=calls):
                calls.append(1)
                if entry["again"] is None:
                    raise KeyError("the model is gone")
                return tuple(tt.Measured(*row) for row in entry["again"])

            data = valid(tt, entry["before"], entry["after"], entry["author"], entry["task"])
            data = spoilt(data, entry["faults"])
            kept, before = copy.deepcopy(data), lines_of(one, ("cnn", "gpt"))
            try:
                came = one.add(data, remeasure)
                came = came if isinstance(came, bool) else repr(came)
            except tt.Refused as error:
                named = [text in str(error) for text in error.complaints]
                came = "refused" if named and all(named) else f"refused, and says {error}"
            except KeyError:
                came = "the error went on"
            if data != kept:
                came = "the submission was changed"
            data["steps"].append("more")
            data["optimised"].clear()
            if reopen:
                one = tt.Leaderboard(path, *tolerance)
            lines = lines_of(one, ("cnn", "gpt"))
            if came is not True and lines != before:
                came = f"{came}, and another board"
            one.standings("cnn").clear()
            found.append({"came": came, "measured again": len(calls), "standings": lines})
        files = sorted(os.listdir(place))
    return {"steps": found, "files": files if reopen else []}


def board_cannot_be_written(tt):
    """A board in a folder that goes away: adding fails, and the board stays as it was."""
    rows = [tt.Measured("slow", 0.9, 4000, 0.25, 0.5), tt.Measured("fast", 0.89, 1000, 0.0625, 0.125)]
    with folder() as place:
        (place / "inner").mkdir()
        one = tt.Leaderboard(place / "inner" / "board.json")
        (place / "inner").rmdir()
        error = False
        try:
            one.add(valid(tt), lambda: tuple(rows))
        except OSError:
            error = True
        before = lines_of(one, ("cnn",))["cnn"]
        (place / "inner").mkdir()
        came = one.add(valid(tt), lambda: tuple(rows))
        return {"error": error, "standings then": len(before), "later": came}


def board_from(tt, content):
    """A board whose file holds this; text that says how a good one is spoilt."""
    with folder() as place:
        path = place / "board.json"
        rows = (tt.Measured("slow", 0.9, 4000, 0.25, 0.5), tt.Measured("fast", 0.89, 1000, 0.0625, 0.125))
        tt.Leaderboard(path).add(valid(tt), lambda: rows)
        good = path.read_bytes()
        spoilt = {
            "half": good[: len(good) // 2],
            "empty": b"",
            "list": b"[1, 2]",
            "text": b"hello",
            "deep": b"[" * 100_000,
        }
        path.write_bytes(spoilt[content])
        return str(tt.Leaderboard(path).standings("cnn"))


def board_killed(tt):
    """What a board holds after a kill at each moment of adding a second entry."""
    rows = (tt.Measured("slow", 0.9, 4000, 0.25, 0.5), tt.Measured("fast", 0.89, 1000, 0.0625, 0.125))
    seen = set()
    with folder() as place:
        tt.Leaderboard(place / "b.json").add(valid(tt), lambda: rows)
        old = (place / "b.json").read_bytes()

    def write(path):
        tt.Leaderboard(path).add(valid(tt, author="bob"), lambda: rows)

    states, left = moments_of(old, write, "b.json")
    for state in states:
        with folder() as place:
            for name, content in state.items():
                (place / name).write_bytes(content)
            seen.add(len(tt.Leaderboard(place / "b.json").standings("cnn")))
    return {"seen": sorted(seen), "left": left}


def tolerance_refused(tt, tolerance):
    return str(tt.Leaderboard(None, tolerance))
