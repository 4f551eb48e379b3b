"""A network that can be simulated: messages are really carried, and a clock says when they would have come."""

from __future__ import annotations

import numpy as np


class SimulatedNetwork:
    """`workers` workers, numbered from 0, any two of which can send each other arrays. They have nothing else in common: no memory.

    Nothing here waits or runs at once. Each worker has a clock, in simulated seconds, and whoever plays the workers
    does so in any order in which no message is received before it is sent.

    A message of b bytes takes latency + b · seconds_per_byte seconds on a line. Each worker has two lines, one for what goes
    out and one for what comes in, which work at the same time, and beside what the worker computes. A line carries
    one message at a time:

    - A message sets out when its sender's clock says that it is sent, or when the outgoing line is free, if that is
      later. From then on it takes the outgoing line for its time.
    - It enters the receiver's incoming line at the same moment, or when that line is free, if that is later, and takes
      it for its time. Then it is there. Incoming lines take messages in the order in which `receive` asks for them.

    So two messages from one sender take twice the time, and two to one receiver, too; but a worker can send one
    and receive another in the time of one.

    Args:
        workers: 1 or more.
        latency: seconds that every message takes, however short.
        seconds_per_byte: seconds for each byte of it; 1e-9 is a gigabyte a second.

    Attributes:
        workers, latency, seconds_per_byte: as given.
        clocks: the time of each worker, a list of floats. All begin at 0.
        messages, bytes: how many messages, and how many bytes in them, each worker has sent: lists of ints.
        alive: the numbers of the workers that are not lost, in order: a list of ints.

    Raises:
        ValueError: `workers` is less than 1, or a time is negative; the value is named.
        IndexError: in any method, a worker that does not exist (negative ones do not); its number is named.
        ConnectionError: in any method, a worker that is lost; its number is named.

    >>> network = SimulatedNetwork(2, latency=1.0, seconds_per_byte=0.5)
    >>> network.send(0, 1, np.zeros(2, "float32"))
    >>> network.receive(1, 0), network.clocks, network.messages, network.bytes
    (array([0., 0.], dtype=float32), [0.0, 5.0], [1, 0], [8, 0])

    Source: the alpha-beta model; Hockney 1994.
    """

    def __init__(self, workers: int, latency: float = 0.0, seconds_per_byte: float = 0.0) -> None:
        """See the class."""
        raise NotImplementedError("m21: SimulatedNetwork.__init__")

    def compute(self, worker: int, seconds: float) -> None:
        """The worker is busy for so many seconds: its clock goes on. Its lines are not concerned.

        Raises:
            ValueError: `seconds` is negative; it is named.
        """
        raise NotImplementedError("m21: SimulatedNetwork.compute")

    def send(self, source: int, target: int, array: np.ndarray) -> None:
        """Send an array, as it is now. The sender does not wait: its clock stays where it is.

        What is sent is a copy: whatever happens to `array` afterwards, the message stays what it was.

        Raises:
            TypeError: `array` is no NumPy array; its type is named.
            ValueError: source and target are the same worker; it is named.
        """
        raise NotImplementedError("m21: SimulatedNetwork.send")

    def receive(self, worker: int, source: int) -> np.ndarray:
        """The oldest message from `source` to `worker` that was not received yet. The worker waits until it is there.

        Its clock goes on to that moment; where it is later already, it stays. The array belongs to the receiver alone.

        Raises:
            RuntimeError: there is no such message, so that the worker would wait for ever; both numbers are named.
        """
        raise NotImplementedError("m21: SimulatedNetwork.receive")

    def lose(self, worker: int) -> None:
        """The worker breaks down, and is gone for good.

        With it goes every message that was not received yet, between whomever: those who are left begin again
        whatever they were doing, and an old message must not be taken for a new one. Clocks, counts and lines stay
        as they are.
        """
        raise NotImplementedError("m21: SimulatedNetwork.lose")

    def _check(self, worker: int) -> None:
        """IndexError or ConnectionError unless there is such a worker; see the class."""
        raise NotImplementedError("m21: SimulatedNetwork._check")

    def _seconds(self, array: np.ndarray) -> float:
        """How long the array takes on a line."""
        raise NotImplementedError("m21: SimulatedNetwork._seconds")
