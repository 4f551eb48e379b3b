from .distillation import *
from .factors import *
from .masks import *
from .pruning import *
from .shrinking import *
from .sparse import *
