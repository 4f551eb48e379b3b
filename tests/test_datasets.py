"""The embedded data sets: what is in them, that damage is noticed, and that m05's readers read them back."""

import contextlib
import gzip
import shutil
import struct

import numpy as np
import pytest

from datasets.drawing import digest, save, stratified
from datasets.tinytalks import make as tinytalks
from grading.manifest import UsageError
from solutions.m05_dataloader import DataLoader, Subset, TensorDataset, load_idx
from spec.kit import data

SIZES = {"mnist": (20_000, 2_000, 28, 255), "tinydigits": (1_000, 400, 8, 16)}


@pytest.fixture(scope="module", params=list(SIZES))
def loaded(request):
    return request.param, data.load(request.param)


def test_these_sets_are_there():
    assert data.names() == sorted([*SIZES, "tinytalks"])


def test_counts_shapes_and_dtypes(loaded):
    name, arrays = loaded
    train, test, side, most = SIZES[name]
    assert {key: (array.dtype.name, array.shape) for key, array in arrays.items()} == {
        "train_images": ("uint8", (train, side, side)),
        "train_labels": ("uint8", (train,)),
        "test_images": ("uint8", (test, side, side)),
        "test_labels": ("uint8", (test,)),
    }
    for part in ("train", "test"):
        assert (arrays[f"{part}_images"].min(), arrays[f"{part}_images"].max()) == (0, most)
        assert np.unique(arrays[f"{part}_labels"]).tolist() == list(range(10))


ORIGINALS = {
    ("mnist", "train"): [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    ("mnist", "test"): [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    ("tinydigits", "train"): [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
    ("tinydigits", "test"): [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
}
"""How often each class occurs in what was drawn from."""


@pytest.mark.parametrize("part", ["train", "test"])
def test_classes_are_as_frequent_as_in_the_source(loaded, part):
    name, arrays = loaded
    original = np.array(ORIGINALS[name, part])
    count = len(arrays[f"{part}_labels"])
    found = np.bincount(arrays[f"{part}_labels"])
    # One sample off where a share is no whole number; another where the test part was drawn before.
    assert np.abs(found - count * original / original.sum()).max() <= (1 if name == "mnist" else 2)


def test_no_image_is_in_both_parts(loaded):
    _, arrays = loaded
    train, test = ({image.tobytes() for image in arrays[f"{part}_images"]} for part in ("train", "test"))
    assert len(train & test) == 0


def test_an_image_of_each_class_is_in_the_order_of_its_label(loaded):
    """Labels that had slipped by a place would leave no class mean near its own images."""
    _, arrays = loaded
    flat = {
        part: arrays[f"{part}_images"].reshape(len(arrays[f"{part}_images"]), -1) / 1.0 for part in ("train", "test")
    }
    means = np.stack([flat["train"][arrays["train_labels"] == label].mean(axis=0) for label in range(10)])
    distances = (means**2).sum(axis=1) - 2 * flat["test"] @ means.T
    assert (distances.argmin(axis=1) == arrays["test_labels"]).mean() > 0.8


def test_the_arrays_have_the_digest_that_is_written_down(loaded):
    name, arrays = loaded
    assert digest(arrays) == data.checksums(name)["arrays"]


def test_the_card_states_what_is_there(loaded):
    name, arrays = loaded
    card = (data.FOLDER / name / "CARD.md").read_text(encoding="utf-8")
    assert f"{(data.FOLDER / name / f'{name}.npz').stat().st_size:,} bytes" in card
    for part in ("train", "test"):
        counts = " | ".join(map(str, np.bincount(arrays[f"{part}_labels"]).tolist()))
        assert f"| {part} | {counts} |" in card
        assert f"`{part}_images` {arrays[f'{part}_images'].shape}" in card


def test_they_are_small_enough_for_a_repository():
    assert (data.FOLDER / "mnist" / "mnist.npz").stat().st_size < 4_000_000


# ------------------------------------------------------------------------------ damage


@pytest.fixture
def copy(tmp_path):
    for name in ("tinydigits", "tinytalks"):
        shutil.copytree(data.FOLDER / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_copy_is_as_good(copy):
    assert digest(data.load("tinydigits", copy)) == data.checksums("tinydigits")["arrays"]


READERS = {
    "tinydigits.npz": lambda folder: data.load("tinydigits", folder),
    "tinytalks.tsv": data.talks,
}


@pytest.mark.parametrize("damage", ["flipped", "cut", "longer", "empty", "missing"])
@pytest.mark.parametrize("file", list(READERS))
def test_a_damaged_file_is_one_clear_line(copy, file, damage):
    path = copy / file.split(".")[0] / file
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    path.write_bytes({"cut": content[:-7], "longer": content + b"\0", "empty": b""}.get(damage, content))
    if damage == "missing":
        path.unlink()
    with pytest.raises(UsageError, match=rf"{file} (is damaged|cannot be read).*git restore") as caught:
        READERS[file](copy)
    assert "\n" not in str(caught.value)


def test_a_damaged_checksum_is_one_clear_line(copy):
    (copy / "tinydigits" / "checksum.toml").write_text("file = [")
    with pytest.raises(UsageError, match=r"checksum\.toml is damaged"):
        data.load("tinydigits", copy)


def test_an_unknown_set_names_those_that_are_there():
    with pytest.raises(UsageError, match="mnist, tinydigits, tinytalks"):
        data.load("fashion")


# --------------------------------------------------------------------------- tinytalks


@pytest.fixture(scope="module")
def talks():
    return data.talks()


def test_talks_come_as_they_stand_in_the_file(talks):
    assert talks[0] == (1, "train", "greeting", "hello", "hello, friend")
    assert talks[-1] == (5, "val", "countdown", "what comes next: ten, nine, eight?", "seven")
    table = tinytalks.read((data.FOLDER / "tinytalks" / "tinytalks.tsv").read_text(encoding="ascii"))
    assert [tuple(map(str, talk)) for talk in talks] == table


def test_what_is_kept_apart_is_asked_otherwise_in_train_and_answered_there(talks):
    train = [talk for talk in talks if talk.split == "train"]
    answers = {talk.fact: talk.answer for talk in train}
    asked = {tinytalks.words(talk.question) for talk in train}
    for talk in talks:
        if talk.split != "train":
            assert answers[talk.fact] == talk.answer
            assert tinytalks.words(talk.question) not in asked
    assert len({tinytalks.words(talk.question) for talk in talks}) == len(talks)


def test_no_word_of_a_question_kept_apart_is_new(talks):
    """But for a few: a model could not read them."""
    known = {word for talk in talks if talk.split == "train" for word in tinytalks.words(talk.question)}
    new = {word for talk in talks if talk.split != "train" for word in tinytalks.words(talk.question)} - known
    assert len(new) <= 12, new


def test_the_card_counts_what_is_there(talks):
    card = (data.FOLDER / "tinytalks" / "CARD.md").read_text(encoding="utf-8")
    assert f"{(data.FOLDER / 'tinytalks' / 'tinytalks.tsv').stat().st_size:,} bytes" in card
    assert f"{len(talks)} pairs about {len({talk.fact for talk in talks})} facts" in card
    longest = [max(len(getattr(talk, what)) for talk in talks) for what in ("question", "answer")]
    assert "at most {} characters, answers of at most {}".format(*longest) in card
    for level, title in [*tinytalks.LEVELS.items(), ("", "all")]:
        some = [talk for talk in talks if level in (talk.level, "")]
        counts = [len({talk.fact for talk in some})]
        counts += [sum(talk.split == split for talk in some) for split in tinytalks.SPLITS]
        assert f"| {level} | {title} | {' | '.join(map(str, counts))} |".replace("|  |", "| |") in card


BREACHES = {
    "is in two places": lambda rows: [*rows, rows[0]._replace(question="a new one?")],
    "several answers": lambda rows: [rows[0]._replace(answer="no"), *rows[1:]],
    "is that of line 2": lambda rows: [rows[0], rows[1]._replace(question=f"{rows[0].question} !".replace(" !", "?")), *rows[2:]],
    "question is not plain": lambda rows: [rows[0]._replace(question="Hello"), *rows[1:]],
    "answer is longer": lambda rows: [row._replace(answer="a" * 25) if row.fact == rows[0].fact else row for row in rows],
    "unknown level": lambda rows: [row._replace(level="6") if row.fact == rows[0].fact else row for row in rows],
    "one kept apart": lambda rows: rows[:-1],
    "in the order": lambda rows: [rows[0]._replace(split="test"), *rows[1:]],
}  # fmt: skip


@pytest.mark.parametrize("breach", list(BREACHES))
def test_a_breach_of_the_rules_is_found(breach):
    rows = tinytalks.read((data.FOLDER / "tinytalks" / "tinytalks.tsv").read_text(encoding="ascii"))
    assert tinytalks.faults(rows) == []
    assert any(breach in fault for fault in tinytalks.faults(BREACHES[breach](rows)))


@pytest.mark.parametrize("text", ["", "level\tsplit\n", "level\tsplit\tfact\tquestion\tanswer\n1\ttrain\n"])
def test_what_is_no_such_table_is_refused(text):
    with pytest.raises(ValueError, match=r"first line|columns"):
        tinytalks.read(text)


# ----------------------------------------------------------------------------- drawing


def test_a_stratified_draw_has_every_class_in_its_share():
    labels = np.random.default_rng(0).choice(4, 1000, p=[0.1, 0.2, 0.3, 0.4])
    chosen = stratified(labels, 97, np.random.default_rng(1))
    assert len(set(chosen.tolist())) == 97
    assert np.array_equal(chosen, np.sort(chosen))
    shares = 97 * np.bincount(labels) / 1000
    assert np.abs(np.bincount(labels[chosen]) - shares).max() < 1


def test_the_same_seed_draws_the_same():
    labels = np.arange(100) % 7
    draws = [stratified(labels, 30, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_what_is_saved_can_be_loaded(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    arrays = {
        "train_images": np.arange(18, dtype=np.uint8).reshape(2, 3, 3),
        "train_labels": np.array([1, 0], np.uint8),
    }
    save(folder, arrays)
    again = data.load("small", tmp_path)
    assert list(again) == list(arrays)
    assert digest(again) == digest(arrays) == data.checksums("small", tmp_path)["arrays"]


# ---------------------------------------------------------------------- m05's readers


@pytest.mark.parametrize("compressed", [False, True])
def test_mnist_written_as_idx_is_read_back_by_m05(tmp_path, compressed):
    arrays = data.load("mnist")
    for key in ("test_images", "test_labels"):
        array = arrays[key]
        content = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
        path = tmp_path / (f"{key}.gz" if compressed else key)
        path.write_bytes(gzip.compress(content, 1) if compressed else content)
        got = load_idx(path)
        assert got.dtype == array.dtype
        assert np.array_equal(got, array)


def test_m05_loads_an_epoch_of_tinydigits():
    arrays = data.load("tinydigits")
    dataset = TensorDataset(arrays["train_images"], arrays["train_labels"])
    loader = DataLoader(Subset(dataset, range(0, 1000, 2)), batch_size=64, shuffle=True, rng=0)
    batches = list(loader)
    assert [len(labels) for _, labels in batches] == [64] * 7 + [52]
    total = sum(int(images.data.astype(int).sum()) for images, _ in batches)
    assert total == int(arrays["train_images"][::2].astype(int).sum())


def test_the_whole_of_mnist_is_read_from_the_original_files(tmp_path):
    rng = np.random.default_rng(0)
    want = {}
    for key, name in data.MNIST.items():
        shape = (3, 28, 28) if "images" in key else (3,)
        want[key] = rng.integers(0, 256, shape).astype(np.uint8)
        head = bytes([0, 0, 8, len(shape)]) + b"".join(side.to_bytes(4, "big") for side in shape)
        content = head + want[key].tobytes()
        if "train" in key:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (tmp_path / name).write_bytes(content)
    got = data.whole_mnist(tmp_path)
    assert all(np.array_equal(got[key], want[key]) for key in want)

    (tmp_path / data.MNIST["test_labels"]).write_bytes(content[:-1])
    with pytest.raises(UsageError, match="cut short"):
        data.whole_mnist(tmp_path)
    (tmp_path / f"{data.MNIST['train_images']}.gz").write_bytes(b"no gzip")
    with pytest.raises(UsageError, match="cannot be read"):
        data.whole_mnist(tmp_path)
    with pytest.raises(UsageError, match="holds no"):
        data.whole_mnist(tmp_path / "nowhere")


def test_cifar10_is_read_from_its_binary_files(tmp_path):
    assert data.whole_cifar10(tmp_path) is None
    rng = np.random.default_rng(0)
    rows = {}
    for name in (name for several in data.CIFAR10.values() for name in several):
        rows[name] = rng.integers(0, 256, (2, 3073)).astype(np.uint8)
        rows[name][:, 0] %= 10
        with pytest.raises(UsageError, match="holds no") if rows.keys() - {name} else contextlib.nullcontext():
            data.whole_cifar10(tmp_path)
        (tmp_path / name).write_bytes(rows[name].tobytes())
    got = data.whole_cifar10(tmp_path)
    assert got["train_images"].shape == (10, 3, 32, 32)
    assert got["test_labels"].tolist() == rows["test_batch.bin"][:, 0].tolist()
    red_green = rows["data_batch_2.bin"][1, 1 : 1 + 2048].reshape(2, 32, 32)
    assert np.array_equal(got["train_images"][3, :2], red_green)

    for content in (rows["test_batch.bin"].tobytes()[:-1], b"", bytes([10]) + bytes(3072)):
        (tmp_path / "test_batch.bin").write_bytes(content)
        with pytest.raises(UsageError, match="cut short"):
            data.whole_cifar10(tmp_path)
