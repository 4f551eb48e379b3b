"""Every module gets a forward of its own while it is watched, and loses it again; nothing on the class is touched."""

from __future__ import annotations


class _Watch:
    def __init__(self, modules, clock):
        self._modules, self._clock, self._counter = list(modules), clock, FlopCounter()
        self._seen = {id(module): [] for module in self._modules}
        self._running = []

    def _note(self, module, forward, args, named):
        """One call: its seconds, those of calls inside, operations, bytes, shape."""
        self._running.append(0.0)
        flops, begin = self._counter.total, self._clock()
        try:
            out = forward(*args, **named)
        except BaseException:
            self._running.clear()
            raise
        seconds = self._clock() - begin
        inside = self._running.pop()
        if self._running:
            self._running[-1] += seconds
        moved = nbytes_of([args, named, out]) + sum(nbytes_of(p) for p in module.parameters())
        shape = out.shape if isinstance(out, Tensor) else None
        self._seen[id(module)].append((seconds, inside, self._counter.total - flops, moved, shape))
        return out

    def __enter__(self):
        self._counter.__enter__()
        for module in self._modules:
            forward = module.forward

            def watched(*args, _module=module, _forward=forward, **named):
                return self._note(_module, _forward, args, named)

            object.__setattr__(module, "forward", watched)
        return self

    def __exit__(self, *error):
        for module in self._modules:
            object.__delattr__(module, "forward")
        self._counter.__exit__(*error)

    def row(self, name, module):
        calls = self._seen[id(module)]
        seconds, inside, flops, moved = (sum(call[i] for call in calls) for i in range(4))
        shape = calls[-1][4] if calls else None
        size = count_parameters(module)
        kind = type(module).__name__
        return LayerRow(name, kind, len(calls), shape, size, flops, moved, float(seconds), float(seconds - inside))
