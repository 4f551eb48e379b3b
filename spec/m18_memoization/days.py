"""How the laws of m18 call your scheduler: days of requests. Read them as examples of use."""


def scheduler(tt, max_batch, max_wait, table):
    """A BatchScheduler for which a batch of b takes table[b - 1] seconds."""
    return tt.BatchScheduler(max_batch, max_wait, lambda b: table[b - 1])


def told(tt, steps, max_batch, max_wait, table):
    """("submit", id, arrival, deadline), ("leaves_at",) or ("take", now), one after another, and what is answered."""
    made, answers = scheduler(tt, max_batch, max_wait, table), []
    for name, *args in steps:
        if name == "submit":
            made.submit(tt.Request(*args))
            answers.append(made.waiting)
        elif name == "take":
            answers.append(tuple(made.take(*args)))
        else:
            answers.append(float(made.leaves_at()))
    return answers, list(made.late), [made.max_batch, float(made.max_wait), made.seconds(1)]


def served(tt, max_batch, max_wait, table, requests):
    """A day of requests (id, arrival, deadline): the batches (start, finish, ids), who was turned away, who still waits."""
    made = scheduler(tt, max_batch, max_wait, table)
    batches = tt.serve_all(made, [tt.Request(*request) for request in requests])
    found = [(float(b.start), float(b.finish), tuple(b.ids)) for b in batches]
    return {"batches": found, "late": list(made.late), "waiting": made.waiting}


def latency(tt, batches, requests, percent):
    return float(tt.served_latency([tt.ServedBatch(*b) for b in batches], [tt.Request(*r) for r in requests], percent))
