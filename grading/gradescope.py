"""The zip that Gradescope builds its container from: setup.sh and run_autograder at its root, and everything that grades."""

import shlex
import stat
import zipfile
from pathlib import Path

from .manifest import ROOT, Curriculum, Kata, UsageError

PARTS = ("grading", "spec", "solutions", "datasets")
BY_KATA = ("spec", "solutions")
"""Parts of which only the graded katas, and those that they stand on, are packed."""
FILES = ("grader.py", "conftest.py", "curriculum.toml", "pyproject.toml", "README.md", "LICENSE")
LEFT_OUT = {"__pycache__", "wheats", "chaffs.toml", "knockouts.toml", ".hypothesis"}

SETUP = """\
#!/usr/bin/env bash
# Installs the grader into the container. TORCH_INDEX_URL, if it is set, is an index of CPU wheels of PyTorch.
set -euo pipefail
apt-get update && apt-get install -y --no-install-recommends python3 python3-venv
python3 -m venv /autograder/venv
/autograder/venv/bin/python -m pip install --quiet ${TORCH_INDEX_URL:+--extra-index-url "$TORCH_INDEX_URL"} -e /autograder/source
"""

RUN = """\
#!/usr/bin/env bash
# Grades /autograder/submission. A submission that cannot be read is a score of 0 with the reason.
# Where the grader itself fails there is no result: Gradescope then shows a failed autograder, and nobody gets a wrong grade.
set -uo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
python="${AUTOGRADER_PYTHON:-$root/venv/bin/python}"
results="$root/results/results.json"
mkdir -p "$root/results"
cd "$root/source" || exit 1
"$python" grader.py WORDS --submission "$root/submission" --gradescope "$root/graded.json" >"$root/grader.txt" 2>&1
status=$?
if [ "$status" -eq 0 ]; then
  mv "$root/graded.json" "$results"
elif [ "$status" -eq 2 ]; then
  "$python" -c 'import json, sys
text = open(sys.argv[1], encoding="utf-8", errors="replace").read()[-4000:]
print(json.dumps({"score": 0, "output": text, "output_format": "text"}))' "$root/grader.txt" >"$results"
else
  tail -c 4000 "$root/grader.txt" >&2
  exit 1
fi
"""


def build(path: Path, katas: list[Kata], curriculum: Curriculum, options: list[str]) -> int:
    """Write the zip that grades `katas`; returns how many files it holds. UsageError where it cannot be written.

    Args:
        options: words for grader.py beside the katas: its profile, its seed.
    """
    words = shlex.join([kata.name for kata in katas] + options)
    needed = {k.id for kata in katas for k in curriculum.closure(kata)}
    others = {kata.id for kata in curriculum.katas} - needed
    files = [ROOT / name for name in FILES if (ROOT / name).is_file()]
    for part in PARTS:
        out = LEFT_OUT | (others if part in BY_KATA else set())
        files += [
            p for p in sorted((ROOT / part).rglob("*")) if p.is_file() and not out & set(p.relative_to(ROOT).parts)
        ]
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in (("setup.sh", SETUP), ("run_autograder", RUN.replace("WORDS", words))):
                info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
                info.external_attr = (stat.S_IFREG | 0o755) << 16
                archive.writestr(info, text)
            for file in files:
                archive.write(file, file.relative_to(ROOT).as_posix())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    return len(files) + 2
