"""The command line of grader.py."""

import sys
import traceback
from typing import Annotated

import typer

from . import __version__
from .commands import author, course, drill, judge, learn  # noqa: F401 - importing them registers their commands
from .commands.common import JUDGE_FAILED, app, console, errors
from .manifest import UsageError
from .run import JudgeFailed


def run(arguments: list[str]) -> int:
    """Run `grader.py ARGUMENTS`; returns the exit status. The bare command grades."""
    commands = {command.name for command in app.registered_commands}
    if not arguments or arguments[0] not in commands | {"--help", "--version"}:
        arguments = ["grade", *arguments]
    try:
        result = app(args=arguments, prog_name="grader.py", standalone_mode=True)
    except SystemExit as end:
        return int(end.code or 0) if not isinstance(end.code, str) else 2
    except UsageError as error:
        errors.print(f"error: {error}", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        errors.print("stopped")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except JudgeFailed as error:
        errors.print(f"error: {error}", markup=False, soft_wrap=True)
        return JUDGE_FAILED
    except Exception:  # Python's own status would be 1, which says that a score is below a bar
        traceback.print_exc()
        return JUDGE_FAILED
    return int(result or 0)


def _version(asked: bool) -> None:
    if asked:
        console.print(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Grade the katas. `python grader.py` alone grades katas/ and says what to do next."""
