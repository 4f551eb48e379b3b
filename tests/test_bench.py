"""The bench: rows side by side with PyTorch, as a table and as data."""

import json

from grading import bench
from grading.manifest import curriculum

from .conftest import grader


def test_rows_are_measured_and_written(tmp_path):
    path = tmp_path / "bench.json"
    ran = grader("bench", "8x8", "bits", "--rounds", "1", "--json", str(path), timeout=200)
    assert ran.status == 0, ran.text
    data = json.loads(path.read_text())
    assert data["schema"] == bench.SCHEMA
    assert [row["name"] for row in data["rows"]] == ["8x8 addition", "8x8 addition, backward", "linear in 8 bits"]
    for row in data["rows"]:
        assert set(row) == {"name", "ours_seconds", "torch_seconds", "ratio", "note"}
        assert 1e-7 < row["ours_seconds"] < 1
        assert 1e-7 < row["torch_seconds"] < 1
        assert 0.1 < row["ratio"] < 100
        assert row["name"] in ran.out


def test_every_row_has_a_kata_and_a_name_of_its_own():
    rows = bench.rows([])
    assert len({row.name for row in rows}) == len(rows) >= 19
    assert all(curriculum().kata(row.kata) for row in rows)


def test_wrong_use_is_one_clear_line():
    for words, message in (
        (["--rounds", "0"], "0 rounds"),
        (["nosuch"], "there are conv2d_explicit"),
        (["8x8", "--json", "README.md/x"], "written"),
    ):
        ran = grader("bench", *words)
        assert ran.status == 2
        assert message in ran.err
        assert "Traceback" not in ran.text
