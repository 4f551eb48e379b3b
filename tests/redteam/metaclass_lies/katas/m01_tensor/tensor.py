class Meta(type):
    def __instancecheck__(self, other):
        return True

    def __eq__(self, other):
        return True

    __hash__ = type.__hash__


class Tensor(metaclass=Meta):
    def __init__(self, *args, **named):
        self.data = args[0]
        self.shape = self.ndim = self.size = self.dtype = 1
