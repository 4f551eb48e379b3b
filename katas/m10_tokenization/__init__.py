from .bpe import *
from .characters import *
from .pairs import *
from .stats import *
