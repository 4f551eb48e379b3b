from .affine import *
from .calibration import *
from .fake import *
from .linear import *
from .model import *
