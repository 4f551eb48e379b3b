"""More of how the laws of m05 call your framework: formulas, and loading that is timed."""

import time

import numpy as np

# --------------------------------------------------------------------- reflect


def batches_per_epoch(tt, samples, batch_size, drop_last):
    return tt.reflect.batches_per_epoch(samples, batch_size, drop_last)


def batch_bytes(tt, batch_size, shapes, dtypes):
    """Your formula, and the bytes of a batch that your loader makes."""
    columns = [tt.Tensor(np.zeros((batch_size, *shape), dtype)) for shape, dtype in zip(shapes, dtypes, strict=True)]
    (batch,) = tt.DataLoader(tt.TensorDataset(*columns), batch_size=batch_size)
    return {
        "formula": tt.reflect.batch_bytes(batch_size, shapes, dtypes),
        "a batch of yours": sum(column.data.nbytes for column in batch),
    }


def last_batch_weight(tt, samples, batch_size):
    return tt.reflect.last_batch_weight(samples, batch_size)


def epoch_seconds(tt, batches, load, step, ahead):
    return tt.reflect.epoch_seconds(batches, load, step, ahead)


def speedup_limit(tt, load, step):
    return tt.reflect.speedup_limit(load, step)


def depth_to_hide(tt, pause, step):
    return tt.reflect.depth_to_hide(pause, step)


# ----------------------------------------------------------------------- speed


def slow_epoch(tt, n, load, step, ahead, repeat):
    """An epoch that waits `load` seconds for each batch and `step` seconds in each step, loaded ahead or not."""

    class Slow(tt.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, index):
            time.sleep(load)
            return index

    total = 0
    for _ in range(repeat):
        loader = tt.DataLoader(Slow(), batch_size=1)
        for batch in tt.prefetch(loader, 2) if ahead else loader:
            time.sleep(step)
            total += int(batch.item())
    return total


def collate_again(tt, rows, repeat):
    samples = [tt.Tensor(row) for row in rows]
    for _ in range(repeat):
        batch = tt.default_collate(samples)
    return batch.data


def shuffle_again(tt, n, repeat):
    loader = tt.DataLoader(range(n), batch_size=50, shuffle=True, collate_fn=len, rng=0)
    for _ in range(repeat):
        total = sum(loader)
    return total
