import sys

from ..sweeps import main
from . import all_sweeps

sys.exit(main(all_sweeps(), sys.argv[1:]))
