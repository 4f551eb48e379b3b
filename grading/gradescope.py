"""The zip that Gradescope builds its container from: setup.sh and run_autograder at its root, and everything that grades."""

import stat
import zipfile
from pathlib import Path

from .manifest import ROOT, Kata, UsageError

PARTS = ("grading", "spec", "solutions", "datasets")
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
# Grades /autograder/submission. What the grader cannot read is a score of 0 with the reason, not a failed autograder.
set -uo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
python="${AUTOGRADER_PYTHON:-$root/venv/bin/python}"
results="$root/results/results.json"
mkdir -p "$root/results"
cd "$root/source" || exit 1
"$python" grader.py KATAS --submission "$root/submission" --gradescope "$results" >"$root/grader.txt" 2>&1
if [ ! -f "$results" ]; then
  "$python" -c 'import json, sys
text = open(sys.argv[1], encoding="utf-8", errors="replace").read()[-4000:]
print(json.dumps({"score": 0, "output": text, "output_format": "text"}))' "$root/grader.txt" >"$results"
fi
"""


def build(path: Path, katas: list[Kata]) -> int:
    """Write the zip that grades `katas`; returns how many files it holds. UsageError where it cannot be written."""
    names = " ".join(kata.name for kata in katas)
    files = [ROOT / name for name in FILES if (ROOT / name).is_file()]
    for part in PARTS:
        files += [
            p for p in sorted((ROOT / part).rglob("*")) if p.is_file() and not LEFT_OUT & set(p.relative_to(ROOT).parts)
        ]
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in (("setup.sh", SETUP), ("run_autograder", RUN.replace("KATAS", names))):
                info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
                info.external_attr = (stat.S_IFREG | 0o755) << 16
                archive.writestr(info, text)
            for file in files:
                archive.write(file, file.relative_to(ROOT).as_posix())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    return len(files) + 2
