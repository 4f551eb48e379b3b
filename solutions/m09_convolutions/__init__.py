from .conv import *
from .explicit import *
from .normalization import *
from .pooling import *
from .sizes import *
from .unrolled import *
