"""More of how the laws of m08 call your framework: files that are saved and loaded, damaged, or no checkpoints at all."""

import contextlib
import io
import os
import pathlib
import pickle
import sys
import tempfile
import zipfile

import numpy as np

from ..kit.probing import moments


@contextlib.contextmanager
def folder():
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        yield pathlib.Path(name)


def saved_and_loaded(tt, value, name, as_text):
    """A value through a file of this name; what else is in the folder; and what comes back the second time."""
    with folder() as place:
        path = str(place / name) if as_text else place / name
        tt.save_checkpoint(path, first=1, value=value)
        files = sorted(os.listdir(place))
        found = tt.load_checkpoint(path)
        again = tt.load_checkpoint(path)
    return {"files": files, "parts": list(found), "value": found["value"], "again": again["value"]}


def overwritten(tt, values):
    """What is loaded when each value was saved over the one before; and what else is there then."""
    with folder() as place:
        found = []
        for value in values:
            tt.save_checkpoint(place / "run.npz", value=value)
            found.append(tt.load_checkpoint(place / "run.npz")["value"])
        return {"loaded": found, "files": sorted(os.listdir(place))}


def arrays_in_file(tt, value):
    """The arrays that NumPy finds in the file without unpickling anything, sorted by what they hold."""
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", value=value)
        with np.load(place / "run.npz", allow_pickle=False) as entries:
            found = [entries[name] for name in entries.files]
    return [array for array in found if array.dtype.kind in "biuf"]


def loaded_is_new(tt, value):
    """An array that is loaded, changed, and loaded again; and the array that was saved, changed after it was saved."""
    with folder() as place:
        mine = value.copy()
        tt.save_checkpoint(place / "run.npz", value=mine)
        mine[...] = 0
        first = tt.load_checkpoint(place / "run.npz")["value"]
        kept = first.copy()
        first[...] = 1
        return {"first": kept, "second": tt.load_checkpoint(place / "run.npz")["value"]}


def unsaveable(tt, kind, deep):
    """Something that is no plain data, alone or deep inside a state."""
    things = {
        "Tensor": lambda: tt.Tensor([1.0]), "function": lambda: len, "set": lambda: {1}, "bytes": lambda: b"1",
        "object array": lambda: np.array([None]), "key": lambda: {1.5: 2}, "class": lambda: dict, "complex": lambda: 1j,
    }  # fmt: skip
    return {"weights": np.arange(3.0), "more": [1, {"deep": things[kind]()}]} if deep else things[kind]()


def save_unsaveable(tt, kind, deep):
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", value=unsaveable(tt, kind, deep))
        return repr(tt.load_checkpoint(place / "run.npz"))


def what_loads(tt, path):
    """The value in a checkpoint, or what became of it."""
    try:
        return tt.load_checkpoint(path)["value"]
    except FileNotFoundError:
        return "nothing is there"
    except ValueError:
        return "refused"


def after_a_failed_save(tt, old, kind):
    """What is loaded when saving over a checkpoint was refused."""
    with folder() as place:
        path = place / "run.npz"
        tt.save_checkpoint(path, value=old)
        error = ""
        try:
            tt.save_checkpoint(path, big=np.arange(3000.0), value=unsaveable(tt, kind, True))
        except TypeError as raised:
            error = type(raised).__name__
        return {"error": error, "loaded": what_loads(tt, path)}


def after_a_full_disk(tt, old, new, nth):
    """What is loaded when the nth attempt to write, or rename, while saving over a checkpoint finds the disk full."""
    count = 0

    def watch(frame, event, function):
        nonlocal count
        if event == "c_call" and function.__name__ in ("write", "writelines", "tofile", "replace", "rename"):
            count += 1
            if count == nth:
                raise OSError(28, "No space left on device")

    with folder() as place:
        path = place / "run.npz"
        tt.save_checkpoint(path, value=old)
        error, before = False, sys.getprofile()
        sys.setprofile(watch)
        try:
            tt.save_checkpoint(path, value=new)
        except OSError:
            error = True
        finally:
            sys.setprofile(before if callable(before) else None)
        loaded = what_loads(tt, path)
        tt.save_checkpoint(path, value=new)
        return {"error": error, "loaded": loaded, "saved again": what_loads(tt, path)}


def moments_of_a_save(tt, old, new):
    """What is in the folder of a checkpoint at every moment of a save: see `moments`."""
    with folder() as place:
        if old is not None:
            tt.save_checkpoint(place / "run.npz", value=old)
        return moments(place, lambda: tt.save_checkpoint(place / "run.npz", value=new))


def killed_while_saving(tt, old, new):
    """For every moment at which a save may be killed: what is loaded then, and what after the next save."""
    found = []
    for moment in moments_of_a_save(tt, old, new):
        with folder() as place:
            for name, content in moment.items():
                (place / name).write_bytes(content)
            loaded = what_loads(tt, place / "run.npz")
            tt.save_checkpoint(place / "run.npz", value="the next one")
            found.append([loaded, what_loads(tt, place / "run.npz")])
    return found


def damaged(tt, value, how, places):
    """What is loaded from a checkpoint that is cut off, or has one byte changed, at each of these places (0 to 1)."""
    found = []
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", value=value)
        whole = (place / "run.npz").read_bytes()
        for at, mask in places:
            at = int(at * len(whole))
            wrong = bytes([whole[at] ^ mask])
            content = {"cut off": whole[:at], "changed": whole[:at] + wrong + whole[at + 1 :]}[how]
            (place / "run.npz").write_bytes(content)
            found.append(what_loads(tt, place / "run.npz"))
    return found


def zipped(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def foreign(kind, trap=None):
    """The bytes of a file that is no checkpoint; `trap` is pickled into some kinds."""
    return {
        "empty": lambda: b"",
        "text": lambda: b"value: 1.0\n",
        "JSON": lambda: b'{"value": 1.0}',
        "npy": lambda: npy(np.arange(3.0)),
        "npz of another program": lambda: zipped({"value.npy": npy(np.arange(3.0))}),
        "npz of nothing": lambda: zipped({}),
        "zip": lambda: zipped({"value": b"1.0"}),
        "pickle": lambda: pickle.dumps({"value": trap}),
        "pickle in npy": lambda: npy(np.array([trap], object)),
        "pickle in npz": lambda: zipped({"value.npy": npy(np.array([trap], object))}),
    }[kind]()


def load_foreign(tt, kind, name):
    """load_checkpoint of a file that is no checkpoint, or is not there."""
    with folder() as place:
        if kind != "missing":
            (place / name).write_bytes(foreign(kind))
        return tt.load_checkpoint(place / name)


def sprung(tt, kind):
    """Whether loading a file that somebody has put a pickle into runs what the pickle says."""
    with folder() as place:
        mark = place / "it ran"

        class Trap:
            def __reduce__(self):
                return os.mkdir, (str(mark),)

        path = place / "run.npz"
        files = []
        if kind == "our own entries":
            tt.save_checkpoint(path, value=[np.arange(3.0), "text"])
            with zipfile.ZipFile(path) as archive:
                own = {name: archive.read(name) for name in archive.namelist()}
            files += [zipped(own | {name: npy(np.array([Trap()], object))}) for name in own]
            files += [zipped(dict.fromkeys(own, npy(np.array([Trap()], object))))]
        else:
            files.append(foreign(kind, Trap()))
        found = []
        for content in files:
            path.write_bytes(content)
            found.append([what_loads(tt, path), mark.exists()])
        return found


def checkpoint_bytes(tt, inputs, outputs, name, settings, per_parameter):
    """The formula, the bytes of the arrays in a file with a model and its optimizer, and those of the file."""
    model = tt.Linear(inputs, outputs, rng=0)
    optimizer = getattr(tt, name)(model.parameters(), lr=0.1, **settings)
    model(tt.Tensor(np.ones((2, inputs), "float32"))).sum().backward()
    optimizer.step()
    with folder() as place:
        tt.save_checkpoint(place / "run.npz", model=model, optimizer=optimizer)
        size = (place / "run.npz").stat().st_size
        with np.load(place / "run.npz", allow_pickle=False) as entries:
            found = [entries[name] for name in entries.files]
    count = sum(parameter.size for parameter in model.parameters())
    return {
        "formula": tt.reflect.checkpoint_bytes(count, per_parameter, 4),
        "arrays": sum(array.nbytes for array in found if array.dtype.kind == "f"),
        "file": size,
    }


def save_and_load_again(tt, array, repeat):
    """An array into a file and back, so many times."""
    with folder() as place:
        for _ in range(repeat):
            tt.save_checkpoint(place / "run.npz", value=array)
            found = tt.load_checkpoint(place / "run.npz")["value"]
    return found
