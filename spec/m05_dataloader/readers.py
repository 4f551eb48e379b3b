"""More of how the laws of m05 call your framework: readers of files."""

import pathlib
import tempfile


def read_file(read, contents, names, as_text=True):
    """What `read(*paths)` makes of files with these contents."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in names]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return read(*(str(path) if as_text else path for path in paths))


def load_idx(tt, content, name, as_text=True):
    return read_file(tt.load_idx, [content], [name], as_text)


def idx_twice(tt, content):
    """An array from a file, changed here; then the file read again."""
    first = read_file(tt.load_idx, [content], ["data"])
    first[...] = 0
    return {"changed": first, "read again": read_file(tt.load_idx, [content], ["data"])}


def load_missing(tt, reader):
    with tempfile.TemporaryDirectory() as folder:
        read = tt.load_cifar10 if reader == "cifar10" else tt.load_idx
        return read(str(pathlib.Path(folder) / f"not-there.{reader}"))


def load_cifar10(tt, contents, as_text=True):
    names = [f"data_batch_{number}.bin" for number in range(1, len(contents) + 1)]
    images, labels = read_file(tt.load_cifar10, contents, names, as_text)
    images_before, labels_before = images.copy(), labels.copy()
    images[...], labels[...] = 0, 0  # they can be written to
    return {"images": images_before, "labels": labels_before}


def nearest_mean_digits(tt, image_file, label_file, test_images, classes, batch_size, seed):
    """From IDX files to a classifier without training: the mean image of each class, and which of them is nearest."""
    images = read_file(tt.load_idx, [image_file], ["images-idx3-ubyte"])
    labels = read_file(tt.load_idx, [label_file], ["labels-idx1-ubyte.gz"])

    def as_numbers(samples):
        pixels, targets = tt.default_collate(samples)
        return (pixels.astype("float32") / 255).reshape(len(samples), -1), targets.astype("int64")

    dataset = tt.TensorDataset(tt.Tensor(images), tt.Tensor(labels))
    sums, counts = 0.0, 0.0
    for pixels, targets in tt.DataLoader(dataset, batch_size, shuffle=True, collate_fn=as_numbers, rng=seed):
        one_hot = (targets.unsqueeze(1).eq(tt.arange(classes))).astype("float32")
        sums = sums + one_hot.T @ pixels
        counts = counts + one_hot.sum(axis=0)
    means = sums / counts.unsqueeze(1)
    test = tt.Tensor(test_images.reshape(len(test_images), -1)).astype("float32") / 255
    distances = ((test.unsqueeze(1) - means.unsqueeze(0)) ** 2).sum(axis=2)
    return {"means": means.data, "nearest": distances.data.argmin(axis=1)}


def read_idx_again(tt, content, repeat):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "data"
        path.write_bytes(content)
        for _ in range(repeat):
            array = tt.load_idx(path)
    return array
