from .attention import *
from .explicit import *
from .heads import *
from .masks import *
