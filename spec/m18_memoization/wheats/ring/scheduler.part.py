"""Each condition asked by itself; the day is a heap of moments at which something may happen."""

import heapq


class BatchScheduler:
    def __init__(self, max_batch, max_wait, seconds):
        if max_batch < 1:
            raise ValueError(f"max_batch {max_batch}")
        if max_wait < 0 or max_wait != max_wait:
            raise ValueError(f"max_wait {max_wait}")
        self.max_batch, self.max_wait, self.seconds = max_batch, max_wait, seconds
        self.late, self.queue, self.latest = [], [], 0.0

    @property
    def waiting(self):
        return len(self.queue)

    def submit(self, request):
        if self.latest > request.arrival:
            raise ValueError(f"{request.arrival} is before {self.latest}")
        self.latest = request.arrival
        self.queue.append(request)

    def leaves_at(self):
        moments = [math.inf]
        size = min(len(self.queue), self.max_batch)
        for place, request in enumerate(self.queue[:size]):
            moments.append(request.deadline - self.seconds(size))
            if place == 0:
                moments.append(request.arrival + self.max_wait)
            if place == self.max_batch - 1:
                moments.append(request.arrival)
        return min(moments)

    def take(self, now):
        for request in list(self.queue):
            if not now <= request.deadline - self.seconds(1):
                self.queue.remove(request)
                self.late.append(request.id)
        if not self.queue or self.leaves_at() > now:
            return ()
        size, earliest = 0, math.inf
        for request in self.queue[: self.max_batch]:
            earliest = min(earliest, request.deadline)
            if earliest - self.seconds(size + 1) < now:
                break
            size += 1
        leaving = [self.queue.pop(0) for _ in range(size)]
        return tuple(request.id for request in leaving)


def serve_all(scheduler, requests):
    line = [(request.arrival, place, request) for place, request in enumerate(requests)]
    moments = [arrival for arrival, _, _ in line]
    heapq.heapify(line)
    heapq.heapify(moments)
    batches, free = [], 0.0
    while moments:
        now = heapq.heappop(moments)
        if now < free:
            continue
        while line and line[0][0] <= now:
            scheduler.submit(heapq.heappop(line)[2])
        ids = scheduler.take(now)
        if ids:
            free = now + scheduler.seconds(len(ids))
            batches.append(ServedBatch(now, free, ids))
            heapq.heappush(moments, free)
        elif scheduler.waiting:
            heapq.heappush(moments, scheduler.leaves_at())
    return batches
