from .buffers import *
from .caches import *
from .convolution import *
from .fused import *
from .kernels import *
from .streaming import *
from .tiles import *
