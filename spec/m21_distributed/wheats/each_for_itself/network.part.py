"""A network that keeps one list of all messages under way, and looks them through."""


class SimulatedNetwork:
    def __init__(self, workers, latency=0.0, seconds_per_byte=0.0):
        if not workers > 0:
            raise ValueError(f"{workers} workers make no network")
        if not min(latency, seconds_per_byte) >= 0:
            raise ValueError(f"negative seconds: latency {latency}, per byte {seconds_per_byte}")
        self.workers, self.latency, self.seconds_per_byte = workers, latency, seconds_per_byte
        self.clocks = [0.0 for _ in range(workers)]
        self.messages = [0 for _ in range(workers)]
        self.bytes = [0 for _ in range(workers)]
        self.lost = set()
        self.free = {}
        self.under_way = []

    @property
    def alive(self):
        return [worker for worker in range(self.workers) if worker not in self.lost]

    def known(self, *workers):
        for worker in workers:
            if worker not in range(self.workers):
                raise IndexError(f"no worker has the number {worker}")
        for worker in workers:
            if worker in self.lost:
                raise ConnectionError(f"nobody can reach worker {worker}")

    def compute(self, worker, seconds):
        self.known(worker)
        if seconds < 0:
            raise ValueError(f"{seconds} seconds of work")
        self.clocks[worker] = self.clocks[worker] + seconds

    def send(self, source, target, array):
        self.known(source, target)
        if target == source:
            raise ValueError(f"from worker {source} to itself")
        if type(array) is not np.ndarray:
            raise TypeError(f"{type(array).__name__} cannot be sent")
        took = self.latency + self.seconds_per_byte * array.nbytes
        left = max(self.clocks[source], self.free.get((source, "out"), 0.0))
        self.free[source, "out"] = left + took
        self.messages[source] += 1
        self.bytes[source] += array.nbytes
        self.under_way.append((source, target, left, took, np.array(array)))

    def receive(self, worker, source):
        self.known(worker, source)
        for place, (origin, target, left, took, array) in enumerate(self.under_way):
            if (origin, target) == (source, worker):
                del self.under_way[place]
                there = max(left, self.free.get((worker, "in"), 0.0)) + took
                self.free[worker, "in"] = there
                self.clocks[worker] = max(there, self.clocks[worker])
                return array
        raise RuntimeError(f"nothing is under way from {source} to {worker}")

    def lose(self, worker):
        self.known(worker)
        self.lost.add(worker)
        self.under_way = []
