"""The capstone: profile, optimise, benchmark, submit. One pipeline over everything that was built before."""

from .fast_gpt import *
from .leaderboard import *
from .measuring import *
from .pipeline import *
from .schema import *
from .scoring import *
from .steps import *
from .submission import *
