from .checkpoints import *
from .clipping import *
from .schedulers import *
from .stopping import *
from .trainer import *
